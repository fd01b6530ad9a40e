// The header of IDX files: 00 00 <element code> <number of dims>, dims as u32; all big-endian.
import { fileError } from '../files/file_access';
import { elementOfCode } from './element_codes';

/** Files beyond this are refused: a gzip file of a few MB could promise as much and keep the promise. */
export const MAX_BYTES = 2 ** 31 - 1;
/** What no header exceeds: 255 dims. */
export const MAX_HEADER_BYTES = 4 + 4 * 255;

export interface IdxHeader {
  readonly element: NonNullable<ReturnType<typeof elementOfCode>>;
  readonly dims: readonly number[];
  readonly headerBytes: number;
  /** Header and values. */
  readonly totalBytes: number;
}

/**
 * Reads and checks a header.
 * @param head at least the header's bytes, unless the file is shorter
 * @throws ERR_FILE for what is not IDX, is truncated, or promises more than 2 GiB
 */
export function parseIdxHeader(file: string, head: Buffer): IdxHeader {
  if (head.length === 0) throw fileError(file, 'empty: it holds no data');
  if (head.length < 4) throw fileError(file, `truncated: ${head.length} bytes, an IDX header has at least 4`);
  const element = elementOfCode(head[2] ?? 0);
  if (head[0] !== 0 || head[1] !== 0 || element === undefined)
    throw fileError(
      file,
      `not an IDX file: it starts with ${head.toString('hex', 0, 4)}, expected 0000 and a type code`,
    );
  const rank = head[3] ?? 0;
  const headerBytes = 4 + 4 * rank;
  if (rank === 0) throw fileError(file, 'not an IDX file: it has no dimensions');
  if (head.length < headerBytes) throw fileError(file, `truncated: its header of ${rank} dimensions is incomplete`);
  const dims = Array.from({ length: rank }, (_, i) => head.readUInt32BE(4 + 4 * i));
  const values = dims.reduce((product, dim) => product * Math.max(dim, 1), 1);
  if (headerBytes + values * element.bytes > MAX_BYTES)
    throw fileError(file, `its dimensions ${dims.slice(0, 8).join(' x ')} promise more than 2 GiB`);
  const count = dims.includes(0) ? 0 : values;
  return { element, dims, headerBytes, totalBytes: headerBytes + count * element.bytes };
}
