// Keeps one of two integer matrices that are each other's transpose, such as an embedding table and a decoder's head.
import { attribute, type Graph, type ModelTensor, Node } from '../model';

/** Smaller matrices are not worth a node. */
const SMALLEST_BYTES = 4096;

const isCandidate = ({ type, dims, byteLength }: ModelTensor): boolean =>
  type === 'int8' && dims.length === 2 && byteLength >= SMALLEST_BYTES;

function isTranspose(matrix: ModelTensor, other: ModelTensor): boolean {
  const [rows, columns] = matrix.dims as [number, number];
  if (other.dims[0] !== columns || other.dims[1] !== rows) return false;
  const [a, b] = [matrix.bytes(), other.bytes()];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (a[row * columns + column] !== b[column * rows + row]) return false;
  return true;
}

/**
 * Replaces int8 matrices that are the transpose of an earlier one by a Transpose of that, which onnxruntime folds when it
 * loads the model. Changes the graph.
 */
export function tieIntegers(graph: Graph): void {
  const kept: [string, ModelTensor][] = [];
  const moves: Node[] = [];
  for (const [name, tensor] of graph.initializers) {
    if (!isCandidate(tensor)) continue;
    const original = kept.find(([, other]) => isTranspose(other, tensor));
    if (original === undefined) {
      kept.push([name, tensor]);
      continue;
    }
    graph.initializers.delete(name);
    const attributes = { perm: attribute.ints([1, 0]) };
    const parts = { name: `${name}_Transpose`, inputs: [original[0]], outputs: [name], attributes };
    moves.push(new Node({ opType: 'Transpose', ...parts }));
  }
  graph.nodes.unshift(...moves);
}
