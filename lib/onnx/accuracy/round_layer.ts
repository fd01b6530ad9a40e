// Rounds all weights of a layer by what its inputs look like.
import { matmulFloat32 } from '../../matmul';
import type { TensorParams } from '../decisions';
import type { WeightedLayer } from '../prepare';
import type { Gram } from './gram';
import { descend, nearest, type RoundingProblem } from './round_row';
import { integersOf, scaleIndex, type WeightType } from './weight_scales';

/** Of the mean of the diagonal. */
const DAMPING = 0.01;

/** Where the weights of one output lie in the tensor. */
function rowPlaces(layer: WeightedLayer, output: number, length: number): Int32Array {
  const { outputFirst, outputs } = layer;
  return Int32Array.from({ length }, (_, i) => (outputFirst ? output * length + i : i * outputs + output));
}

function meanDiagonal(matrix: Float32Array, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += matrix[i * length + i] as number;
  return sum / length;
}

/** The gradients of all rows of a group in one product. */
function gradientsOf(problems: readonly RoundingProblem[], gram: Float32Array, length: number): Float64Array[] {
  const errors = new Float32Array(problems.length * length);
  problems.forEach((problem, r) => {
    errors.set(problem.errors, r * length);
  });
  const product = matmulFloat32(
    { type: 'float32', dims: [problems.length, length], data: errors },
    { type: 'float32', dims: [length, length], data: gram as Float32Array<ArrayBuffer> },
  ).data;
  return problems.map(({ errors: row, damping }, r) =>
    row.map((error, i) => (product[r * length + i] as number) + error * damping),
  );
}

/** The weights of a layer as integers of such parameters, in the order of its tensor. */
export function roundLayer(
  layer: WeightedLayer,
  gram: Gram,
  params: TensorParams & { type: WeightType },
): Int8Array | Uint8Array {
  const [low, high] = integersOf(params.type);
  const { length } = gram;
  const weights = layer.weight.floats();
  const indexOf = scaleIndex(layer.weight.dims, params);
  const result = params.type.startsWith('u') ? new Uint8Array(weights.length) : new Int8Array(weights.length);
  const perGroup = layer.outputs / layer.groups;
  gram.matrices.forEach((matrix, g) => {
    const damping = DAMPING * meanDiagonal(matrix, length) || 1;
    const rows = Array.from({ length: perGroup }, (_, o) => rowPlaces(layer, g * perGroup + o, length));
    const problems = rows.map((places) => {
      const scales = Float64Array.from(places, (at) => params.scale[indexOf(at)] as number);
      const targets = Float64Array.from(
        places,
        (at, i) => (weights[at] as number) / (scales[i] as number) + (params.zeroPoint[indexOf(at)] as number),
      );
      return nearest({ targets, scales, gram: matrix, damping, low, high });
    });
    const gradients = gradientsOf(problems, matrix, length);
    problems.forEach((problem, r) => {
      const values = descend(problem, gradients[r] as Float64Array);
      rows[r]!.forEach((at, i) => {
        result[at] = values[i] as number;
      });
    });
  });
  return result;
}
