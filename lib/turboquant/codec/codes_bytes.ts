// Encoded vectors as bytes: header, scales, streams of codes; all little-endian.
import { addon } from '../../addon';
import { makeError } from '../../errors';
import { isDataOf } from '../../tensor/dtype';
import { halfBits } from '../../tensor/half_floats';
import { valuesOf } from '../../tensor/small_floats';
import { copyOf } from '../../tensor/tensor';
import { reject } from '../../validate';
import { type CodeFormat, checkFormat, SCALE_TYPES, streamBytes } from './code_format';
import { SCALE_KINDS } from './scale_kind';

const MAGIC = Uint8Array.of(0x89, 0x4f, 0x43, 0x54, 0x54, 0x51, 0x43, 0x0a); // \x89OCTTQC\n
const VERSION = 1;
const HEADER_BYTES = 48;
const CHECKSUM_AT = 40;

interface Parts {
  readonly format: CodeFormat;
  readonly stream: Uint8Array;
  readonly scales: Float32Array;
}

const scaleBytes = (format: CodeFormat): number => (format.scaleType === 'float16' ? 2 : 4);

export function codesToBytes(format: CodeFormat, stream: Uint8Array, scales: Float32Array): Uint8Array {
  const each = scaleBytes(format);
  const bytes = new Uint8Array(HEADER_BYTES + each * scales.length + stream.length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, format.dim, true);
  view.setUint8(16, format.bits);
  view.setUint8(17, SCALE_KINDS.indexOf(format.scale));
  view.setUint8(18, SCALE_TYPES.indexOf(format.scaleType));
  view.setBigUint64(24, format.seed, true);
  view.setBigUint64(32, BigInt(scales.length), true);
  for (let i = 0; i < scales.length; i++)
    if (each === 2) view.setUint16(HEADER_BYTES + 2 * i, halfBits(scales[i]!), true);
    else view.setFloat32(HEADER_BYTES + 4 * i, scales[i]!, true);
  bytes.set(stream, HEADER_BYTES + each * scales.length);
  view.setBigUint64(CHECKSUM_AT, addon.checksum(bytes), true); // over zeros in its own place
  return bytes;
}

/** Throws ERR_DTYPE for what is not bytes, ERR_UNSUPPORTED for another version, ERR_FILE for all other faults. */
export function codesFromBytes(value: unknown): Parts {
  if (!isDataOf('uint8', value)) reject('bytes', 'a Uint8Array', value, 'ERR_DTYPE');
  const bytes = new Uint8Array(copyOf('uint8', value).buffer as ArrayBuffer); // others may write to what they gave
  const view = new DataView(bytes.buffer);
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) throw damage('another beginning');
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw makeError('ERR_UNSUPPORTED', `codes of version ${version} are not supported`);
  const checksum = view.getBigUint64(CHECKSUM_AT, true);
  view.setBigUint64(CHECKSUM_AT, 0n, true);
  if (addon.checksum(bytes) !== checksum) throw damage('a checksum that does not match');
  const format = readFormat(view);
  const count = view.getBigUint64(32, true);
  const each = scaleBytes(format) + streamBytes(format);
  if (BigInt(bytes.length - HEADER_BYTES) !== count * BigInt(each))
    throw damage(`${bytes.length} bytes instead of those of ${count} vectors`);
  const scales = readScales(view, format, Number(count));
  return { format, scales, stream: bytes.subarray(HEADER_BYTES + scaleBytes(format) * scales.length) };
}

function readFormat(view: DataView): CodeFormat {
  if (view.getUint8(19) !== 0 || view.getUint32(20, true) !== 0) throw damage('reserved bytes that are not 0');
  const [scale, scaleType] = [SCALE_KINDS[view.getUint8(17)], SCALE_TYPES[view.getUint8(18)]];
  if (scale === undefined || scaleType === undefined) throw damage('an unknown kind of scale');
  try {
    const [dim, bits] = [view.getUint32(12, true), view.getUint8(16)];
    return checkFormat({ dim, bits, scale, scaleType, seed: view.getBigUint64(24, true) });
  } catch (cause) {
    throw damage((cause as Error).message);
  }
}

function readScales(view: DataView, format: CodeFormat, count: number): Float32Array {
  const halves = format.scaleType === 'float16' ? valuesOf('float16') : undefined;
  return Float32Array.from({ length: count }, (_, i) => {
    const at = HEADER_BYTES + scaleBytes(format) * i;
    const scale = halves === undefined ? view.getFloat32(at, true) : halves[view.getUint16(at, true)]!;
    if (!(scale >= 0 && scale < Number.POSITIVE_INFINITY) || Object.is(scale, -0))
      throw damage(`the scale ${scale} of vector ${i}`);
    return scale;
  });
}

/** An error that says what of some bytes is wrong. */
export function damage(what: string): Error {
  return makeError('ERR_FILE', `these bytes are no encoded vectors, or damaged: ${what}`);
}
