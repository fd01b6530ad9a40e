// What is wrong with a model.
export interface Problem {
  /** Warnings are against the standard's advice, and run all the same. */
  readonly severity: 'error' | 'warning';
  /** Of the conformance list: Q004 for versions, Q035 for validity. */
  readonly rule: 'Q004' | 'Q035';
  readonly message: string;
  /** The node's name, or its label where it has none. */
  readonly node?: string | undefined;
  readonly tensor?: string | undefined;
}

export const invalid = (message: string, place: { node?: string; tensor?: string } = {}): Problem => ({
  severity: 'error',
  rule: 'Q035',
  message,
  ...place,
});
