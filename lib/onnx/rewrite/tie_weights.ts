// Finds matrices that a file holds twice, once as the other's transpose or copy, and keeps one.
import { addon } from '../../addon';
import { attribute, type Graph, type ModelTensor, Node } from '../model';
import { transposeMatrix } from './weights';

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
  const counts = countShapes(matrices.map(([, tensor]) => tensor.dims));
  for (const [name, tensor] of matrices) {
    const [rows, columns] = tensor.dims as [number, number];
    if ((counts.get(`${rows}x${columns}`) ?? 0) + (counts.get(`${columns}x${rows}`) ?? 0) < 2) continue;
    const values = tensor.floats();
    const key = keyOf(values, rows, columns);
    const flipped = transposeMatrix(values, rows, columns);
    const other = find(kept.get(key), graph, values) ?? find(kept.get(keyOf(flipped, columns, rows)), graph, flipped);
    if (other === undefined) {
      kept.set(key, [...(kept.get(key) ?? []), name]);
      continue;
    }
    const isCopy = sameDims(graph.initializers.get(other)!.dims, tensor.dims) && equal(graph, other, values);
    const how = isCopy ? { opType: 'Identity' } : { opType: 'Transpose', attributes: PERM };
    moves.push(new Node({ ...how, inputs: [other], outputs: [name] }));
    graph.initializers.delete(name);
    changes.push(`'${name}' is ${isCopy ? '' : 'the transpose of '}'${other}' and stored with it`);
  }
  graph.nodes.unshift(...moves);
  return changes;
}

const PERM = { perm: attribute.ints([1, 0]) };

const isCandidate = ({ type, dims, byteLength }: ModelTensor): boolean =>
  type === 'float32' && dims.length === 2 && byteLength >= SMALLEST_BYTES;

const keyOf = (values: Float32Array, rows: number, columns: number): string =>
  `${rows}x${columns}:${addon.checksum(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))}`;

function countShapes(shapes: readonly (readonly number[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const dims of shapes) counts.set(dims.join('x'), (counts.get(dims.join('x')) ?? 0) + 1);
  return counts;
}

const find = (names: readonly string[] | undefined, graph: Graph, values: Float32Array): string | undefined =>
  names?.find((name) => equal(graph, name, values));

function equal(graph: Graph, name: string, values: Float32Array): boolean {
  const other = graph.initializers.get(name)!.floats();
  return Buffer.from(other.buffer, other.byteOffset, other.byteLength).equals(
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  );
}

const sameDims = (a: readonly number[], b: readonly number[]): boolean => a.every((dim, i) => dim === b[i]);
