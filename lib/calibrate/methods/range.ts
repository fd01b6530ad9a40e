/** Real values from min to max. */
export interface Range {
  readonly min: number;
  readonly max: number;
}
