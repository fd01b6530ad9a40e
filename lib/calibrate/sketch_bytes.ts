// Sketches as bytes, byte by byte as docs/sketch-format.md has them.
import { addon } from '../addon';
import { makeError } from '../errors';
import { isDataOf } from '../tensor/dtype';
import { copyOf } from '../tensor/tensor';
import { reject } from '../validate';
import { ByteReader, ByteWriter } from './sketch_byte_stream';
import { partsProblem, wordsProblem } from './sketch_check';
import type { SketchForm } from './sketch_form';
import type { ReadSketch } from './sketch_json';
import {
  allocateWords,
  countsOf,
  HEAD_WORDS,
  readParts,
  SQUARE_WORDS,
  SUM_BITS,
  SUM_WORDS,
  writeParts,
} from './sketch_words';

const MAGIC = Uint8Array.of(0x89, 0x4f, 0x43, 0x54, 0x53, 0x4b, 0x54, 0x0a); // \x89OCTSKT\n
const VERSION = 1;
const HEADER_BYTES = 48;
const SIZE_AT = 24;
const CHECKSUM_AT = 32;
/** The shortest channel: four numbers of one byte. */
const LEAST_CHANNEL_BYTES = 4;

export function sketchToBytes({ bins, axis, block }: SketchForm, words: BigUint64Array | null): Uint8Array {
  const channels = words === null ? 0 : words.length / (HEAD_WORDS + bins);
  const writer = new ByteWriter(HEADER_BYTES + 256 * channels);
  writer.bytes(new Uint8Array(HEADER_BYTES));
  for (let c = 0; c < channels; c++) writeChannel(writer, words!, c, bins);
  const file = writer.take();
  const header = new DataView(file.buffer);
  file.set(MAGIC);
  header.setUint32(8, VERSION, true);
  header.setUint32(12, bins, true);
  header.setUint32(16, axis === undefined ? 0 : 1, true);
  header.setInt32(20, axis ?? 0, true);
  header.setBigUint64(SIZE_AT, BigInt(file.length), true);
  header.setUint32(40, channels, true);
  header.setUint32(44, block ?? 0, true);
  header.setBigUint64(CHECKSUM_AT, addon.checksum(file), true); // over zeros in its own place
  return file;
}

function writeChannel(writer: ByteWriter, words: BigUint64Array, channel: number, bins: number): void {
  const parts = readParts(words, channel, bins);
  writer.count(parts.count);
  writer.count(parts.nanCount);
  writer.count(parts.infinityCount);
  if (parts.count !== parts.nanCount + parts.infinityCount) {
    writer.count(BigInt(parts.width));
    writer.float32(parts.min);
    writer.float32(parts.max);
    writer.integer(BigInt.asUintN(SUM_BITS, parts.sum), 8 * SUM_WORDS);
    writer.integer(parts.squares, 8 * SQUARE_WORDS);
  }
  writeCounts(writer, countsOf(words, channel, bins));
}

/** Empty bins, then how many are not, then these, in turn until no bin is left. */
function writeCounts(writer: ByteWriter, counts: BigUint64Array): void {
  for (let bin = 0; bin < counts.length; ) {
    const start = bin;
    while (bin < counts.length && counts[bin] === 0n) bin++;
    const first = bin;
    while (bin < counts.length && counts[bin] !== 0n) bin++;
    writer.count(BigInt(first - start));
    if (first === counts.length) return;
    writer.count(BigInt(bin - first));
    for (let i = first; i < bin; i++) writer.count(counts[i]!);
  }
}

/** Throws ERR_DTYPE for what is not bytes, ERR_UNSUPPORTED for another version, ERR_FILE for all other faults. */
export function sketchFromBytes(value: unknown): ReadSketch {
  if (!isDataOf('uint8', value)) reject('bytes', 'a Uint8Array', value, 'ERR_DTYPE');
  const file = new Uint8Array(copyOf('uint8', value).buffer as ArrayBuffer); // others may write to what they gave
  const { form, channels } = readHeader(file);
  const reader = new ByteReader(file, HEADER_BYTES);
  const words = channels === 0 ? null : allocateWords(channels, form.bins);
  for (let c = 0; c < channels; c++) readChannelBytes(reader, words!, c, form.bins);
  if (reader.left !== 0) throw damage(`${reader.left} bytes after the last channel`);
  return { form, words };
}

function readHeader(file: Uint8Array): { form: SketchForm; channels: number } {
  if (file.length < 12 || MAGIC.some((byte, i) => file[i] !== byte)) throw damage('another beginning than a sketch');
  const header = new DataView(file.buffer);
  const version = header.getUint32(8, true);
  if (version !== VERSION) throw makeError('ERR_UNSUPPORTED', `sketch version ${version} is not supported`);
  if (file.length < HEADER_BYTES) throw damage(`${file.length} bytes, fewer than its header`);
  const [size, checksum] = [header.getBigUint64(SIZE_AT, true), header.getBigUint64(CHECKSUM_AT, true)];
  if (size !== BigInt(file.length)) throw damage(`${file.length} bytes instead of ${size}`);
  header.setBigUint64(CHECKSUM_AT, 0n, true);
  if (addon.checksum(file) !== checksum) throw damage('a checksum that does not match');
  return readForm(header);
}

function readForm(header: DataView): { form: SketchForm; channels: number } {
  const [bins, perAxis, axis] = [header.getUint32(12, true), header.getUint32(16, true), header.getInt32(20, true)];
  const [channels, block] = [header.getUint32(40, true), header.getUint32(44, true)];
  if (bins < 2 || bins > 65_536 || (bins & (bins - 1)) !== 0) throw damage(`${bins} bins`);
  const fits = perAxis === 1 ? axis >= -64 && axis < 64 : perAxis === 0 && axis === 0 && block === 0 && channels === 1;
  if (!fits || block >= 2 ** 31) throw damage(`axis ${axis} and block ${block} of ${channels} channels`);
  if (channels * LEAST_CHANNEL_BYTES > header.byteLength - HEADER_BYTES) throw damage('more channels than bytes');
  const form = { bins, axis: perAxis === 1 ? axis : undefined, block: block === 0 ? undefined : block };
  return { form, channels };
}

function readChannelBytes(reader: ByteReader, words: BigUint64Array, channel: number, bins: number): void {
  const [count, nanCount, infinityCount] = [reader.count(), reader.count(), reader.count()];
  const some = count !== nanCount + infinityCount;
  const parts = {
    count,
    nanCount,
    infinityCount,
    width: some ? Number(reader.count()) : 0,
    min: some ? reader.float32() : Number.POSITIVE_INFINITY,
    max: some ? reader.float32() : Number.NEGATIVE_INFINITY,
    sum: some ? BigInt.asIntN(SUM_BITS, reader.integer(8 * SUM_WORDS)) : 0n,
    squares: some ? reader.integer(8 * SQUARE_WORDS) : 0n,
  };
  const refuse = (problem: string | undefined) => {
    if (problem !== undefined) throw damage(`${problem} in channel ${channel}`);
  };
  refuse(partsProblem(parts));
  writeParts(words, channel, bins, parts);
  readCounts(reader, countsOf(words, channel, bins));
  refuse(wordsProblem(words, channel, bins));
}

function readCounts(reader: ByteReader, counts: BigUint64Array): void {
  for (let bin = 0; bin < counts.length; ) {
    const empty = reader.length(counts.length - bin);
    if (empty === 0 && bin > 0) throw damage('two stretches of bins that touch');
    bin += empty;
    if (bin === counts.length) return;
    const length = reader.length(counts.length - bin);
    if (length === 0) throw damage('a stretch without bins');
    for (const end = bin + length; bin < end; bin++) {
      counts[bin] = reader.count();
      if (counts[bin] === 0n) throw damage('an empty bin in a stretch');
    }
  }
}

function damage(what: string): Error {
  return makeError('ERR_FILE', `these bytes are no sketch, or damaged: ${what}`);
}
