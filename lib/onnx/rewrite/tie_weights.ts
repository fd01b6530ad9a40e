// Finds matrices that a file holds twice, once as the other's transpose or copy, and keeps one.
import { attribute, type Graph, type ModelTensor, Node } from '../model';

/** Smaller tensors are not worth a node. */
const SMALLEST_BYTES = 4096;

/**
 * Keeps one of several equal float matrices: copies give way to an Identity node behind the first, transposes, such as a
 * decoder's head beside its embedding table, to a Transpose node, which runtimes fold when they load the model. Changes the
 * graph.
 *
 * @returns one sentence for each tensor that was dropped
 */
export function tieWeights(graph: Graph): string[] {
  const kept = new Map<string, string[]>();
  const changes: string[] = [];
  const moves: Node[] = [];
  const matrices = [...graph.initializers].filter(([, tensor]) => isCandidate(tensor));
  const shapes = countShapes(matrices.map(([, tensor]) => tensor.dims));
  for (const [name, tensor] of matrices) {
    // Most matrices have a shape of their own: they are not even read.
    if (shapes.get(shapeOf(tensor.dims))! < 2) continue;
    const values = bitsOf(tensor);
    const { other, how } = findTwin(graph, kept, values, tensor.dims) ?? {};
    if (other === undefined) {
      const key = samplesOf(values, tensor.dims, false);
      kept.set(key, [...(kept.get(key) ?? []), name]);
      continue;
    }
    const operator = how === 'copy' ? { opType: 'Identity' } : { opType: 'Transpose', attributes: PERM };
    moves.push(new Node({ ...operator, inputs: [other], outputs: [name] }));
    graph.initializers.delete(name);
    changes.push(`'${name}' is the ${how} of '${other}' and stored with it`);
  }
  graph.nodes.unshift(...moves);
  return changes;
}

const PERM = { perm: attribute.ints([1, 0]) };

const isCandidate = ({ type, dims, byteLength }: ModelTensor): boolean =>
  type === 'float32' && dims.length === 2 && byteLength >= SMALLEST_BYTES;

/** Bits, so that NaN equals itself. */
function bitsOf(tensor: ModelTensor): Uint32Array {
  const { buffer, byteOffset, length } = tensor.floats();
  return new Uint32Array(buffer, byteOffset, length);
}

/** The same for a shape and its transpose. */
const shapeOf = (dims: readonly number[]): string => [...dims].sort((a, b) => a - b).join('x');

function countShapes(all: readonly (readonly number[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const dims of all) counts.set(shapeOf(dims), (counts.get(shapeOf(dims)) ?? 0) + 1);
  return counts;
}

/** Where a matrix is looked at, in parts of its rows and columns: enough to tell different weights apart. */
const SAMPLES = Array.from({ length: 48 }, (_, i) => [(i * 0.618034) % 1, (i * 0.414214 + 0.1) % 1] as const);

/** The values of a matrix, or of its transpose, at the samples. */
function samplesOf(values: Uint32Array, dims: readonly number[], transposed: boolean): string {
  const [rows, columns] = dims as [number, number];
  const at = SAMPLES.map(([u, v]) => {
    const [row, column] = transposed ? [v, u] : [u, v];
    return values[Math.floor(row * rows) * columns + Math.floor(column * columns)];
  });
  return `${transposed ? `${columns}x${rows}` : `${rows}x${columns}`}:${at.join()}`;
}

function findTwin(graph: Graph, kept: ReadonlyMap<string, string[]>, values: Uint32Array, dims: readonly number[]) {
  for (const how of ['copy', 'transpose'] as const) {
    const transposed = how === 'transpose';
    const names = kept.get(samplesOf(values, dims, transposed)) ?? [];
    const other = names.find((name) => isTwin(bitsOf(graph.initializers.get(name)!), values, dims, transposed));
    if (other !== undefined) return { other, how };
  }
  return undefined;
}

function isTwin(other: Uint32Array, values: Uint32Array, dims: readonly number[], transposed: boolean): boolean {
  if (!transposed) return values.every((value, i) => value === other[i]);
  const [rows, columns] = dims as [number, number];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (values[row * columns + column] !== other[column * rows + row]) return false;
  return true;
}
