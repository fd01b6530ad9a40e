// Matrices in bands: consecutive rows that are a part of a computation.
import { allocateValues, type BlockWeights, type FloatMatrix } from './block_weights';
import { PART_VALUES } from './turns';

/** Views of consecutive rows, about PART_VALUES values each and at least a row, with the index of their first value. */
export function* bandsOf({ data, rows, columns }: FloatMatrix): Generator<readonly [band: FloatMatrix, first: number]> {
  const each = rowsOfBand(columns);
  for (let row = 0; row < rows; row += each) {
    const [first, count] = [row * columns, Math.min(each, rows - row)];
    yield [{ data: data.subarray(first, first + count * columns), rows: count, columns }, first];
  }
}

/** The same of weights in blocks. */
export function* bandsOfBlocks(weights: BlockWeights): Generator<readonly [band: BlockWeights, first: number]> {
  const { rows, columns, values, scale, zeroPoint, offset } = weights;
  const [each, blocks] = [rowsOfBand(columns), scale.length / rows];
  for (let row = 0; row < rows; row += each) {
    const count = Math.min(each, rows - row);
    const part = <T extends Float32Array | Int32Array>(of: T) => of.subarray(row * blocks, (row + count) * blocks) as T;
    const scales = { scale: part(scale), zeroPoint: part(zeroPoint), offset: offset && part(offset) };
    const band = {
      ...weights,
      rows: count,
      values: values.subarray(row * columns, (row + count) * columns),
      ...scales,
    };
    yield [band, row * columns];
  }
}

const rowsOfBand = (columns: number): number => Math.max(1, Math.floor(PART_VALUES / columns));

/** The weights whose bands these are, one below the other; none has offsets. */
export function joinRows(bands: readonly BlockWeights[]): BlockWeights {
  const rows = bands.reduce((sum, band) => sum + band.rows, 0);
  const { type, columns, block, scale } = bands[0]!;
  const scales = (rows * scale.length) / bands[0]!.rows;
  const joined = {
    ...{ type, rows, columns, block },
    values: allocateValues(type, rows * columns),
    scale: new Float32Array(scales),
    zeroPoint: new Int32Array(scales),
  };
  let [value, at] = [0, 0];
  for (const band of bands) {
    joined.values.set(band.values, value);
    joined.scale.set(band.scale, at);
    joined.zeroPoint.set(band.zeroPoint, at);
    value += band.values.length;
    at += band.scale.length;
  }
  return joined;
}
