// A layer in integers with a scale for each group of a row, in the tensors that compressed-tensors has for one ("pack-quantized").
import { addon } from '../addon';
import { OWNED, type TensorInfo, type TensorPlan } from '../safetensors';
import { type BlockScheme, type BlockWeights, type FloatMatrix, roundBlocks } from '../weights';
import { blockRange } from '../weights/block_weights';
import { blockChoice } from '../weights/round_to_nearest';
import type { LayerFormat } from './convert_options';
import { packRows, transpose, wordsFor } from './packed_rows';
import { type JobContext, type LayerError, locateError, type TensorJob, WindowSums } from './tensor_job';
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

/** The sums of squared errors and of squares, in order; weights are rounded to float32 as dequantizeBlocks does. */
function sumErrors(
  floats: Float32Array,
  { rows, columns, block, values, scale, zeroPoint }: BlockWeights,
  sums: Float64Array,
): void {
  let [errors, squares, group] = [0, 0, 0];
  for (let row = 0; row < rows; row++)
    for (let from = row * columns, end = from + columns; from < end; from += block, group++) {
      const [step, zero] = [scale[group]!, zeroPoint[group]!];
      for (let i = from; i < Math.min(from + block, end); i++) {
        const error = floats[i]! - Math.fround(step * (values[i]! - zero));
        errors += error * error;
        squares += floats[i]! * floats[i]!;
      }
    }
  [sums[0], sums[1]] = [errors, squares];
}

/** roundToNearest, whose search of scales runs off the event loop: all but a fraction of the time. */
async function roundWindow(matrix: FloatMatrix, scheme: BlockScheme): Promise<BlockWeights> {
  const { args, parameters } = blockChoice(matrix, scheme);
  await addon.chooseBlocksAsync(...args);
  return { ...parameters, values: roundBlocks(matrix, parameters) };
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
    const weights = await roundWindow({ data, rows: count, columns }, scheme).catch((error) => {
      throw locateError(error, source, data, first * columns);
    });
    sumErrors(data, weights, sums.of(window));
    const packed = packRows(weights.values, columns, bits, blockRange(format.type)[0]);
    await context.writer.write(`${name}_packed`, packed, first * 4 * wordsFor(columns, bits), OWNED);
    await context.writer.write(`${name}_scale`, weights.scale, 4 * first * groups, OWNED);
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

export function blocksJob(source: TensorInfo, format: Format): TensorJob {
  const shape = shapeOf(source, format);
  return { source, outputs: plansOf(source, shape), run: (context) => convert(source, format, shape, context) };
}
