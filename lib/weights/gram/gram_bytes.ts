// Gram matrices as bytes: header, largest magnitudes, sums of magnitudes, upper triangle; all little-endian.
import { addon } from '../../addon';
import { makeError } from '../../errors';
import { isDataOf } from '../../tensor/dtype';
import { copyOf } from '../../tensor/tensor';
import { reject } from '../../validate';
import { triangleLength } from './triangle';

/** What a Gram matrix consists of. */
export interface GramParts {
  rows: number;
  /** The upper triangle of G. */
  readonly products: Float64Array;
  readonly absmax: Float32Array;
  /** Sums of |x|. */
  readonly magnitudes: Float64Array;
}

const MAGIC = Uint8Array.of(0x89, 0x4f, 0x43, 0x54, 0x47, 0x4d, 0x54, 0x0a); // \x89OCTGMT\n
const VERSION = 1;
const HEADER_BYTES = 32;
const CHECKSUM_AT = 24;

const bytesFor = (channels: number): number => HEADER_BYTES + 12 * channels + 8 * triangleLength(channels);

export function gramToBytes(channels: number, { rows, products, absmax, magnitudes }: GramParts): Uint8Array {
  const bytes = new Uint8Array(bytesFor(channels));
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, channels, true);
  view.setBigUint64(16, BigInt(rows), true);
  let at = HEADER_BYTES;
  for (const values of [magnitudes, products])
    for (let i = 0; i < values.length; i++, at += 8) view.setFloat64(at, values[i]!, true);
  for (let i = 0; i < channels; i++, at += 4) view.setFloat32(at, absmax[i]!, true);
  view.setBigUint64(CHECKSUM_AT, addon.checksum(bytes), true); // over zeros in its own place
  return bytes;
}

/** Throws ERR_DTYPE for what is not bytes, ERR_UNSUPPORTED for another version, ERR_FILE for all other faults. */
export function gramFromBytes(value: unknown): { channels: number; parts: GramParts } {
  if (!isDataOf('uint8', value)) reject('bytes', 'a Uint8Array', value, 'ERR_DTYPE');
  const bytes = new Uint8Array(copyOf('uint8', value).buffer as ArrayBuffer); // others may write to what they gave
  const view = new DataView(bytes.buffer);
  const { channels, rows } = readHeader(bytes, view);
  const parts = {
    rows,
    products: new Float64Array(triangleLength(channels)),
    absmax: new Float32Array(channels),
    magnitudes: new Float64Array(channels),
  };
  let at = HEADER_BYTES;
  for (let i = 0; i < channels; i++, at += 8) parts.magnitudes[i] = checkSum(view.getFloat64(at, true));
  for (let i = 0; i < parts.products.length; i++, at += 8) parts.products[i] = checkFinite(view.getFloat64(at, true));
  for (let i = 0; i < channels; i++, at += 4) parts.absmax[i] = checkSum(view.getFloat32(at, true));
  return { channels, parts };
}

function readHeader(bytes: Uint8Array, view: DataView): { channels: number; rows: number } {
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) throw damage('another beginning');
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw makeError('ERR_UNSUPPORTED', `Gram matrix version ${version} is not supported`);
  const channels = view.getUint32(12, true);
  if (channels < 1 || channels > 65_536) throw damage(`${channels} channels`);
  if (bytes.length !== bytesFor(channels)) throw damage(`${bytes.length} bytes instead of ${bytesFor(channels)}`);
  const rows = view.getBigUint64(16, true);
  if (rows > BigInt(Number.MAX_SAFE_INTEGER)) throw damage(`${rows} rows`);
  const checksum = view.getBigUint64(CHECKSUM_AT, true);
  view.setBigUint64(CHECKSUM_AT, 0n, true);
  if (addon.checksum(bytes) !== checksum) throw damage('a checksum that does not match');
  return { channels, rows: Number(rows) };
}

function checkFinite(value: number): number {
  if (!Number.isFinite(value)) throw damage(`a value that is not finite: ${value}`);
  return value;
}

function checkSum(value: number): number {
  if (!(value >= 0)) throw damage(`a magnitude below 0: ${value}`);
  return checkFinite(value);
}

function damage(what: string): Error {
  return makeError('ERR_FILE', `these bytes are no Gram matrix, or damaged: ${what}`);
}
