// Layers as compressed-tensors packs them, read back as weights in blocks.
import { makeError } from '../errors';
import { OWNED, type SafetensorsReader, type TensorInfo } from '../safetensors';
import { isObject, show } from '../validate';
import type { BlockType, BlockWeights } from '../weights';
import { allocateValues, blockRange } from '../weights/block_weights';
import { transpose, unpackRows, wordsFor } from './packed_rows';

const ENDING = '_packed';

/** Names of the layers that a checkpoint has packed. */
export function packedLayers(tensors: ReadonlyMap<string, TensorInfo>): string[] {
  const names = [...tensors.keys()].filter((name) => name.endsWith(ENDING));
  return names.map((name) => name.slice(0, -ENDING.length)).filter((name) => tensors.has(`${name}_scale`));
}

/** What a configuration says of the weights of its layers; empty where it says nothing. */
function weightsConfig(config: unknown): Record<string, unknown> {
  const groups = isObject(config) && isObject(config.config_groups) ? Object.values(config.config_groups) : [];
  const first = groups.find((group) => isObject(group) && isObject(group.weights)) as { weights?: unknown } | undefined;
  return isObject(first?.weights) ? first.weights : {};
}

/** The parts of one layer, read and checked one against the other. */
class PackedLayer {
  readonly #reader: SafetensorsReader;
  readonly #name: string;

  constructor(reader: SafetensorsReader, name: string) {
    [this.#reader, this.#name] = [reader, name];
  }

  fail(part: string, fault: string): Error {
    return makeError('ERR_FILE', `${this.#reader.path}: tensor ${show(`${this.#name}${part}`)} ${fault}`);
  }

  /** True if there is such a part. */
  has(part: string): boolean {
    return this.#reader.tensors.has(`${this.#name}${part}`);
  }

  /** What is known of a part, which must have one of these types. */
  info(part: string, ...types: string[]): TensorInfo {
    const info = this.#reader.tensors.get(`${this.#name}${part}`);
    if (info === undefined) throw this.fail(part, 'is missing');
    if (!types.includes(info.dtype)) throw this.fail(part, `must be ${types.join(' or ')}, got ${info.dtype}`);
    return info;
  }

  /** The bytes of a part of int32 words, which must have this shape. */
  async words(part: string, dims: readonly [number, number]): Promise<Uint8Array> {
    const info = this.info(part, 'I32');
    if (info.dims.length !== 2 || info.dims.some((dim, i) => dim !== dims[i]))
      throw this.fail(part, `must be [${dims.join(', ')}], got [${info.dims.join(', ')}]`);
    const bytes = new Uint8Array(info.bytes);
    await this.#reader.readInto(info.name, bytes, 0, OWNED);
    return bytes;
  }

  /** Rows and columns: as the shape tensor says. */
  async shape(): Promise<[rows: number, columns: number]> {
    const { name } = this.info('_shape', 'I64', 'I32');
    const dims = Array.from((await this.#reader.read(name)).data as Iterable<number | bigint>, Number);
    if (dims.length !== 2 || dims.some((dim) => !(dim >= 1 && dim < 2 ** 31)))
      throw this.fail('_shape', `must be two sizes, got ${show(dims)}`);
    return dims as [number, number];
  }

  async scales(rows: number): Promise<{ scale: Float32Array; groups: number }> {
    const { name, dims } = this.info('_scale', 'F32', 'F16', 'BF16');
    if (dims.length !== 2 || dims[0] !== rows || dims[1]! < 1)
      throw this.fail('_scale', `must be [${rows}, groups], got [${dims.join(', ')}]`);
    const { data } = await this.#reader.readFloat32(name);
    const at = data.findIndex((value) => !(value > 0 && value < Number.POSITIVE_INFINITY));
    if (at >= 0) throw this.fail('_scale', `must be finite and above 0, got ${data[at]} at ${at}`);
    return { scale: data, groups: dims[1] as number };
  }
}

/** Bits of a value: what the words of a row can hold, and where both fit, as the configuration says. */
function bitsOf(layer: PackedLayer, columns: number, config: Record<string, unknown>): 4 | 8 {
  const { dims } = layer.info(ENDING, 'I32');
  const fitting = ([4, 8] as const).filter((bits) => wordsFor(columns, bits) === dims[1]);
  const [first] = fitting;
  if (first === undefined)
    throw layer.fail(ENDING, `has ${dims[1]} words a row, which are not ${columns} values of 4 or 8 bits`);
  return fitting.length > 1 && config.num_bits === 8 ? 8 : first;
}

function blockOf(layer: PackedLayer, columns: number, groups: number, config: Record<string, unknown>): number {
  const { group_size: size } = config;
  if (groups === 1) return columns;
  if (Number.isSafeInteger(size) && Math.ceil(columns / (size as number)) === groups) return size as number;
  if (columns % groups === 0) return columns / groups;
  throw layer.fail('_scale', `has ${groups} groups a row, which are not ${columns} values`);
}

/** Zero points as they lie in words [rows, groups] along the rows. */
function unpackZeroPoints(packed: Uint8Array, rows: number, groups: number, bits: 4 | 8): Int32Array {
  const words = wordsFor(rows, bits);
  const source = new Uint32Array(packed.buffer);
  const byGroup = new Uint32Array(words * groups);
  for (let word = 0; word < words; word++)
    for (let group = 0; group < groups; group++) byGroup[group * words + word] = source[word * groups + group]!;
  const values = unpackRows(new Uint8Array(byGroup.buffer), new Uint8Array(rows * groups), {
    columns: rows,
    bits,
    lowest: 0,
  });
  return Int32Array.from(transpose(values, groups, rows), (value) => value & (2 ** bits - 1));
}

/**
 * The weights of a packed layer.
 * @param config the checkpoint's quantization_config
 * @throws ERR_FILE, naming the tensor, for parts that are missing or do not fit together; ERR_UNSUPPORTED for columns in another
 *   order
 */
export async function readPacked(reader: SafetensorsReader, name: string, config: unknown): Promise<BlockWeights> {
  const layer = new PackedLayer(reader, name);
  const told = weightsConfig(config);
  if (layer.has('_g_idx'))
    throw makeError(
      'ERR_UNSUPPORTED',
      `${reader.path}: tensor ${show(`${name}_g_idx`)} puts columns into another order`,
    );
  const [rows, columns] = await layer.shape();
  const bits = bitsOf(layer, columns, told);
  const { scale, groups } = await layer.scales(rows);
  const block = blockOf(layer, columns, groups, told);
  const asymmetric = layer.has('_zero_point');
  const type: BlockType = bits === 4 ? (asymmetric ? 'uint4' : 'int4') : asymmetric ? 'uint8' : 'int8';
  const packed = await layer.words(ENDING, [rows, wordsFor(columns, bits)]);
  const [lowest] = blockRange(type);
  const values = unpackRows(packed, allocateValues(type, rows * columns), { columns, bits, lowest });
  const zeroPoint = asymmetric
    ? unpackZeroPoints(await layer.words('_zero_point', [wordsFor(rows, bits), groups]), rows, groups, bits)
    : new Int32Array(scale.length);
  return { type, rows, columns, block, values, scale, zeroPoint };
}
