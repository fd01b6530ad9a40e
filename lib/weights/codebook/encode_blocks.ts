// Blocks of weights as codes and magnitudes, by native code.
import { addon } from '../../addon';
import { type CodebookType, lookupOf } from './code_tables';

/** Where the results of blocks go: arrays of exactly their size. */
export interface EncodedBlocks {
  /** ceil(values / 2) bytes. */
  readonly codes: Uint8Array;
  /** One for each block. */
  readonly absmax: Float32Array;
  /** Two for each block: see `errorOfMagnitudes`. */
  readonly moments?: Float32Array | undefined;
  /** The sum of squared errors, and that of squares. */
  readonly sums?: Float64Array | undefined;
}

/** How values are cut and encoded. */
export interface BlockEncoding {
  readonly type: CodebookType;
  /** Values of a block, even. */
  readonly block: number;
}

type Call = Parameters<typeof addon.encodeCodebook>;

function callOf(data: Float32Array, { type, block }: BlockEncoding, out: EncodedBlocks): Call {
  const { bounds, codes, table } = lookupOf(type);
  return [data, out.codes, out.absmax, out.moments ?? null, out.sums ?? null, bounds, codes, table, block];
}

/** Encodes values, whose blocks begin with the first one. Throws ERR_RANGE for NaN and infinities, naming the index. */
export function encodeBlocks(data: Float32Array, encoding: BlockEncoding, out: EncodedBlocks): void {
  addon.encodeCodebook(...callOf(data, encoding, out));
}

/** As encodeBlocks, off the event loop; `data` is copied first. */
export function encodeBlocksAsync(data: Float32Array, encoding: BlockEncoding, out: EncodedBlocks): Promise<void> {
  return addon.encodeCodebookAsync(...callOf(data, encoding, out));
}

/**
 * What the squared error of blocks becomes when their magnitudes are stored as others than those that they were encoded with: an
 * error e = x - t a becomes e - t d, d being what is added to a; its square is e^2 - 2 d e t + d^2 t^2.
 * @param moments the sums of e t / a and of t^2 of each block
 */
export function errorOfMagnitudes(
  error: number,
  moments: Float32Array,
  { exact, stored }: { exact: Float32Array; stored: Float32Array },
): number {
  let sum = error;
  for (let block = 0; block < exact.length; block++) {
    const added = stored[block]! - exact[block]!;
    sum += added * (added * moments[2 * block + 1]! - 2 * exact[block]! * moments[2 * block]!);
  }
  return Math.max(sum, 0);
}
