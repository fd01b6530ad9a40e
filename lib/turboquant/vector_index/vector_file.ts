// Vectors in files, in pieces of bounded size.
import { nameOf, piecesOf, type StoredTensor } from '../../data_files';
import { fileError } from '../../files/file_access';
import { show } from '../../validate';

/** The tensor of a file that holds vectors: the one of that name, or the only one of two dimensions. Throws ERR_FILE. */
export function vectorsIn(file: string, tensors: readonly StoredTensor[], name?: string): StoredTensor {
  const found = tensors.filter((stored) => (name === undefined ? stored.dims.length === 2 : stored.name === name));
  const names = tensors.map((stored) => nameOf(stored)).join(', ');
  if (found.length === 0)
    throw fileError(
      file,
      `it has no ${name === undefined ? 'tensor [vectors, dim]' : `tensor ${show(name)}`}, only ${names}`,
    );
  if (found.length > 1) throw fileError(file, `it has several tensors [vectors, dim], choose one: ${names}`);
  const stored = found[0]!;
  if (stored.dims.length !== 2)
    throw fileError(file, `${nameOf(stored)} is [${stored.dims.join(', ')}], expected [vectors, dim]`);
  if (stored.fortranOrder && stored.dims[0]! > 1)
    throw fileError(file, `${nameOf(stored)} is in Fortran's order, expected C's: numpy.ascontiguousarray makes it so`);
  return stored;
}

/** Some whole vectors one after another, with the number of the first of them. Values of other types become float32. */
export async function* vectorPieces(
  stored: StoredTensor,
): AsyncGenerator<{ values: Float32Array; first: number }, void, undefined> {
  const dim = stored.dims[1]!;
  for await (const { tensor, firstSample } of piecesOf(stored, { most: Math.max(dim, 2 ** 21) }))
    yield { values: tensor.data, first: firstSample };
}

/** All vectors of a file that fits in memory. */
export async function readVectors(stored: StoredTensor): Promise<Float32Array> {
  const [count, dim] = stored.dims as [number, number];
  const all = new Float32Array(count * dim);
  for await (const { values, first } of vectorPieces(stored)) all.set(values, first * dim);
  return all;
}
