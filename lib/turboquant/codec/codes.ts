// Encoded vectors: codes, scales, and the format that they are of.
import { addon } from '../../addon';
import { makeError } from '../../errors';
import { isDataOf } from '../../tensor/dtype';
import { allocateOrThrow } from '../../tensor/tensor';
import { checkInteger, reject } from '../../validate';
import {
  bitsPerValue,
  type CodeFormat,
  checkFormat,
  planeBytes,
  streamBytes,
  type TurboQuantOptions,
} from './code_format';
import { codesFromBytes, codesToBytes, damage } from './codes_bytes';

/** What vector instructions may read after the last row. */
const SLACK_BYTES = 64;

/** The planes of so many vectors, and what may be read after them. */
export const planesLength = (format: CodeFormat, count: number): number => count * planeBytes(format) + SLACK_BYTES;

/**
 * `count` encoded vectors of one format. Two that hold the same are equal byte by byte, whatever machine encoded them. Rows can be
 * sliced off and joined without decoding.
 */
export class Codes {
  readonly format: CodeFormat;
  readonly count: number;
  /**
   * As kernels read them: each vector's codes in planes (docs/turboquant-format.md), one vector after the other, and 64 bytes
   * more.
   */
  readonly planes: Uint8Array;
  /** Of each vector; float16 ones as the numbers that they are. */
  readonly scales: Float32Array;

  /** @throws ERR_DTYPE, ERR_RANGE, ERR_SHAPE for planes or scales that do not fit the format and each other */
  constructor(format: TurboQuantOptions, planes: Uint8Array, scales: Float32Array) {
    this.format = checkFormat(format);
    if (!isDataOf('uint8', planes)) reject('planes', 'a Uint8Array', planes, 'ERR_DTYPE');
    if (!isDataOf('float32', scales)) reject('scales', 'a Float32Array', scales, 'ERR_DTYPE');
    this.count = scales.length;
    const expected = planesLength(this.format, this.count);
    if (planes.length !== expected)
      throw makeError(
        'ERR_SHAPE',
        `planes of ${this.count} vectors must have length ${expected}, got ${planes.length}`,
      );
    this.planes = planes;
    this.scales = scales;
  }

  /** What is stored for each value of a vector: its codes and its scale, divided by `dim`. */
  get bitsPerValue(): number {
    return bitsPerValue(this.format);
  }

  /** The codes as files have them: a stream of bits for each vector, the lowest bit first, in whole bytes. */
  toStream(): Uint8Array {
    const { dim, bits } = this.format;
    const stream = allocateOrThrow('uint8', this.count * streamBytes(this.format), [this.count, dim]);
    addon.codesToStream(this.planes, stream, dim, bits, this.count);
    return stream;
  }

  /** Vectors from `toStream()` and their scales. Throws ERR_DTYPE, ERR_SHAPE; ERR_RANGE where padding is not 0. */
  static fromStream(format: TurboQuantOptions, stream: Uint8Array, scales: Float32Array): Codes {
    const checked = checkFormat(format);
    if (!isDataOf('uint8', stream)) reject('stream', 'a Uint8Array', stream, 'ERR_DTYPE');
    if (!isDataOf('float32', scales)) reject('scales', 'a Float32Array', scales, 'ERR_DTYPE');
    const expected = scales.length * streamBytes(checked);
    if (stream.length !== expected)
      throw makeError(
        'ERR_SHAPE',
        `a stream of ${scales.length} vectors must have length ${expected}, got ${stream.length}`,
      );
    const planes = allocateOrThrow('uint8', planesLength(checked, scales.length), [scales.length, checked.dim]);
    addon.streamToCodes(stream, planes, checked.dim, checked.bits, scales.length);
    return new Codes(checked, planes, scales);
  }

  /** Vectors from `start` up to `end`, without it; a copy. Throws ERR_RANGE beyond `count`. */
  slice(start: number, end: number = this.count): Codes {
    checkInteger('end', end, 0, this.count);
    checkInteger('start', start, 0, end);
    const row = planeBytes(this.format);
    const planes = this.planes.slice(start * row, end * row + SLACK_BYTES);
    return new Codes(this.format, planes, this.scales.slice(start, end));
  }

  /** Everything as bytes, the same for the same codes; docs/turboquant-format.md has the layout. */
  toBytes(): Uint8Array {
    return codesToBytes(this.format, this.toStream(), this.scales);
  }

  /** What toBytes gave. Throws ERR_DTYPE for what is not bytes, ERR_UNSUPPORTED for another version, ERR_FILE for damage. */
  static fromBytes(bytes: Uint8Array): Codes {
    const { format, stream, scales } = codesFromBytes(bytes);
    try {
      return Codes.fromStream(format, stream, scales);
    } catch (cause) {
      throw damage((cause as Error).message);
    }
  }
}
