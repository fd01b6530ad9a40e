// Caches as bytes: a header, then each layer's state, float16 rows and codes; all little-endian. docs/kv-cache.md has them.
import { addon } from '../../addon';
import { makeError } from '../../errors';
import { isDataOf } from '../../tensor/dtype';
import { copyOf } from '../../tensor/tensor';
import { reject } from '../../validate';
import type { HalfRows } from './half_rows';
import { KeyStatistics } from './key_transform';
import { KvByteReader, KvByteWriter } from './kv_byte_stream';
import type { KvLayer } from './kv_layer';
import { checkKvOptions, type KvConfig } from './kv_options';

const MAGIC = Uint8Array.of(0x89, 0x4f, 0x43, 0x54, 0x4b, 0x56, 0x43, 0x0a); // \x89OCTKVC\n
const VERSION = 1;
const HEADER_BYTES = 72;
const CHECKSUM_AT = 16;

export function kvToBytes(config: KvConfig, layers: readonly KvLayer[]): Uint8Array {
  const writer = new KvByteWriter();
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  new Uint8Array(header.buffer).set(MAGIC);
  header.setUint32(8, VERSION, true);
  header.setUint8(12, config.keyBits);
  header.setUint8(13, config.valueBits);
  header.setUint8(14, config.balance ? 1 : 0);
  header.setBigUint64(24, config.seed, true);
  const sizes = [config.layers, config.kvHeads, config.headDim, config.pageTokens, 0];
  sizes.forEach((size, i) => void header.setUint32(32 + 4 * i, size, true));
  const counts = [config.window, config.sinks, config.centerAfter];
  counts.forEach((count, i) => void header.setUint32(52 + 4 * i, count, true));
  writer.bytes(new Uint8Array(header.buffer));
  for (const layer of layers) writeLayer(writer, layer);
  const bytes = writer.take();
  new DataView(bytes.buffer).setBigUint64(CHECKSUM_AT, addon.checksum(bytes), true); // over zeros in its own place
  return bytes;
}

function writeLayer(writer: KvByteWriter, layer: KvLayer): void {
  const { transform, statistics, sinks, codes, window } = layer;
  writer.numbers([transform === null ? 0 : 1, layer.next, sinks.rows, codes.rows, window.rows]);
  for (const array of [transform?.mean, transform?.balance]) if (array) writer.array(array);
  if (statistics !== null) {
    writer.numbers([statistics.keys, statistics.queries]);
    for (const array of [statistics.sums, statistics.squares, statistics.querySquares]) writer.array(array);
  }
  for (const part of [sinks, window]) {
    writer.numbers(part.positions);
    part.eachRun((run) => void writer.array(run));
  }
  codes.eachRun((run) => void writer.array(run));
}

/** `make` gives an empty layer of a form. Throws ERR_DTYPE, ERR_UNSUPPORTED, ERR_FILE. */
export function kvFromBytes(
  value: unknown,
  make: (config: KvConfig) => KvLayer,
): { config: KvConfig; layers: readonly KvLayer[] } {
  if (!isDataOf('uint8', value)) reject('bytes', 'a Uint8Array', value, 'ERR_DTYPE');
  const bytes = new Uint8Array(copyOf('uint8', value)); // others may write to what they gave
  const view = new DataView(bytes.buffer);
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) throw damage('another beginning');
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw makeError('ERR_UNSUPPORTED', `caches of version ${version} are not supported`);
  const checksum = view.getBigUint64(CHECKSUM_AT, true);
  view.setBigUint64(CHECKSUM_AT, 0n, true);
  if (addon.checksum(bytes) !== checksum) throw damage('a checksum that does not match');
  const config = readConfig(view);
  const reader = new KvByteReader(bytes, HEADER_BYTES, damage);
  const layers: KvLayer[] = [];
  for (let i = 0; i < config.layers; i++) layers.push(readLayer(reader, config, make(config)));
  if (reader.left !== 0) throw damage(`${reader.left} bytes more than its layers have`);
  return { config, layers };
}

function readConfig(view: DataView): KvConfig {
  const [layers, kvHeads, headDim, pageTokens, spare, window, sinks, after] = Array.from({ length: 8 }, (_, i) =>
    view.getUint32(32 + 4 * i, true),
  ) as [number, number, number, number, number, number, number, number];
  if (spare !== 0 || view.getUint32(64, true) !== 0 || view.getUint32(68, true) !== 0 || view.getUint8(15) !== 0)
    throw damage('numbers where zeros belong');
  if (view.getUint8(14) > 1) throw damage('a balance that is neither there nor not');
  const form = { layers, kvHeads, headDim, pageTokens, window, sinks, seed: view.getBigUint64(24, true) };
  const center = after === 0 ? (false as const) : { after };
  const bits = { keys: { bits: view.getUint8(12) }, values: { bits: view.getUint8(13) } };
  try {
    return checkKvOptions({ ...form, ...bits, center, balance: view.getUint8(14) === 1 });
  } catch (cause) {
    throw damage(`a form that no cache has: ${(cause as Error).message}`, cause);
  }
}

function readLayer(reader: KvByteReader, config: KvConfig, layer: KvLayer): KvLayer {
  const [frozen, next, sinks, codes, window] = reader.numbers(5) as [number, number, number, number, number];
  const width = config.kvHeads * config.headDim;
  const waits = config.centerAfter > 0 || config.balance;
  if (frozen > 1 || (frozen === 0 && !waits) || (frozen === 0 && codes > 0)) throw damage('a layer in no state');
  if (frozen === 1 && waits) {
    const mean = config.centerAfter > 0 ? reader.float32(width) : null;
    layer.transform = { mean, balance: config.balance ? reader.float32(width) : null };
    layer.statistics = null;
  } else if (frozen === 0) layer.statistics = readStatistics(reader, config);
  layer.next = next;
  readHalves(reader, layer.sinks, sinks, next);
  readHalves(reader, layer.window, window, next);
  reader.require(codes, layer.codes.bytesOf(codes));
  layer.codes.reserve(codes);
  layer.codes.rows = codes;
  layer.codes.eachRun((run) => void run.set(reader.take(run.length)));
  if (layer.length > next) throw damage('more tokens than came');
  return layer;
}

function readStatistics(reader: KvByteReader, config: KvConfig): KeyStatistics {
  const statistics = new KeyStatistics(config);
  const [keys, queries] = reader.numbers(2) as [number, number];
  statistics.count(keys, queries);
  for (const array of [statistics.sums, statistics.squares, statistics.querySquares])
    array.set(reader.float64(array.length));
  return statistics;
}

function readHalves(reader: KvByteReader, rows: HalfRows, count: number, next: number): void {
  reader.require(count, count * (rows.rowBytes + 8));
  const positions = reader.numbers(count);
  if (positions.some((at, i) => at >= next || (i > 0 && at <= positions[i - 1]!))) throw damage('tokens out of order');
  if (count === 0) return;
  rows.reserve(count);
  rows.positions = positions;
  rows.eachRun((run) => {
    const bytes = new Uint8Array(run.buffer, run.byteOffset, run.byteLength);
    bytes.set(reader.take(bytes.length));
  });
}

function damage(what: string, cause?: unknown): Error {
  return makeError('ERR_FILE', `bytes must be those of a cache, found ${what}`, cause === undefined ? {} : { cause });
}
