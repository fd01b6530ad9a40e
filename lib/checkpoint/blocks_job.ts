// A layer in integers with a scale for each group of a row, in the tensors that compressed-tensors has for one ("pack-quantized").
import { makeError } from '../errors';
import type { TensorInfo, TensorPlan } from '../safetensors';
import { show } from '../validate';
import { type BlockWeights, dequantizeBlocks, roundToNearest } from '../weights';
import { blockRange } from '../weights/block_weights';
import type { LayerFormat } from './convert_options';
import { packRows, transpose, wordsFor } from './packed_rows';
import { type JobContext, type LayerError, type TensorJob, WindowSums } from './tensor_job';
import { forWindows, WINDOW_VALUES } from './windows';

type Format = Extract<LayerFormat, { kind: 'blocks' }>;

/** Sizes of a layer in a format. */
interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly block: number;
  readonly groups: number;
  readonly bits: 4 | 8;
  readonly symmetric: boolean;
}

function shapeOf({ dims }: TensorInfo, { type, group }: Format): Shape {
  const [rows, columns] = dims as [number, number];
  const block = group === 'channel' ? columns : Math.min(group, columns);
  const bits = type === 'int8' ? 8 : 4;
  return { rows, columns, block, groups: Math.ceil(columns / block), bits, symmetric: type !== 'uint4' };
}

function plansOf({ name }: TensorInfo, { rows, columns, groups, bits, symmetric }: Shape): TensorPlan[] {
  const plans: TensorPlan[] = [
    { name: `${name}_packed`, dtype: 'I32', dims: [rows, wordsFor(columns, bits)] },
    { name: `${name}_scale`, dtype: 'F32', dims: [rows, groups], attached: true },
    { name: `${name}_shape`, dtype: 'I64', dims: [2], attached: true },
  ];
  if (symmetric) return plans;
  return [...plans, { name: `${name}_zero_point`, dtype: 'I32', dims: [wordsFor(rows, bits), groups], attached: true }];
}

/** The sums of squared errors and of squares, in order. */
function sumErrors(floats: Float32Array, weights: BlockWeights, sums: Float64Array): void {
  const real = dequantizeBlocks(weights);
  let [errors, squares] = [0, 0];
  for (let i = 0; i < real.length; i++) {
    const error = floats[i]! - real[i]!;
    errors += error * error;
    squares += floats[i]! * floats[i]!;
  }
  [sums[0], sums[1]] = [errors, squares];
}

/** Zero points [rows, groups] in words along the rows: each word has those of 8 rows. */
function packZeroPoints(zeroPoints: Uint8Array, { rows, groups, bits }: Shape): Uint8Array {
  const words = wordsFor(rows, bits);
  const byGroup = packRows(transpose(zeroPoints, rows, groups), rows, bits, 0);
  const packed = new Uint32Array(words * groups);
  const source = new Uint32Array(byGroup.buffer);
  for (let word = 0; word < words; word++)
    for (let group = 0; group < groups; group++) packed[word * groups + group] = source[group * words + word]!;
  return new Uint8Array(packed.buffer);
}

async function convert(source: TensorInfo, format: Format, shape: Shape, context: JobContext): Promise<LayerError> {
  const { name } = source;
  const { rows, columns, block, groups, bits, symmetric } = shape;
  const step = Math.max(1, Math.floor(WINDOW_VALUES / columns));
  const sums = new WindowSums();
  const zeroPoints = new Uint8Array(symmetric ? 0 : rows * groups);
  await forWindows(Math.ceil(rows / step), context, async (window, lane) => {
    const first = window * step;
    const count = Math.min(step, rows - first);
    const data = await lane.readFloats(context.reader, source, first * columns, count * columns);
    const scheme = { type: format.type, block, symmetric, clip: format.search ? 'mse' : 'range' } as const;
    checkWindow(source, data, first);
    const weights = roundToNearest({ data, rows: count, columns }, scheme);
    sumErrors(data, weights, sums.of(window));
    const packed = packRows(weights.values, columns, bits, blockRange(format.type)[0]);
    await context.writer.write(`${name}_packed`, packed, first * 4 * wordsFor(columns, bits));
    await context.writer.write(`${name}_scale`, weights.scale, 4 * first * groups);
    if (!symmetric) zeroPoints.set(weights.zeroPoint, first * groups);
    context.advance((source.bytes / rows) * count);
  });
  await context.writer.write(`${name}_shape`, BigInt64Array.of(BigInt(rows), BigInt(columns)));
  if (!symmetric) await context.writer.write(`${name}_zero_point`, packZeroPoints(zeroPoints, shape));
  const parameters = rows * groups * (symmetric ? 4 : 4.5);
  return {
    errors: sums.errors,
    squares: sums.squares,
    bytes: Math.ceil((rows * columns * bits) / 8) + Math.ceil(parameters),
  };
}

function checkWindow({ name, dims }: TensorInfo, floats: Float32Array, firstRow: number): void {
  let sum = 0; // not finite if a value is not
  for (let i = 0; i < floats.length; i++) sum += floats[i]! * 0;
  if (sum === 0) return;
  const at = floats.findIndex((value) => !Number.isFinite(value));
  const columns = dims[1]!;
  const place = `[${firstRow + Math.floor(at / columns)}, ${at % columns}]`;
  throw makeError('ERR_RANGE', `tensor ${show(name)} must be finite, got ${floats[at]} at ${place}`);
}

export function blocksJob(source: TensorInfo, format: Format): TensorJob {
  const shape = shapeOf(source, format);
  return { source, outputs: plansOf(source, shape), run: (context) => convert(source, format, shape, context) };
}
