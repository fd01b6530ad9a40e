// Writes a safetensors file of tensors in memory, the same bytes for the same content.
import { makeError } from '../errors';
import { replaceFile } from '../files/replace_files';
import { checkTensorLike, countValues, type TensorLike } from '../tensor/tensor';
import { reject, show } from '../validate';
import { type ElementName, elementNameOf, STORED_DTYPES, type StoredDType } from './element_types';
import { checkMetadata, checkNewName, layOut } from './layout';

type NamedTensor = readonly [name: string, tensor: TensorLike<StoredDType>];

function checkEntry([name, tensor]: NamedTensor, seen: Set<string>): void {
  checkNewName(name, seen);
  checkTensorLike(name, tensor, STORED_DTYPES);
  const count = countValues(name, tensor.dims);
  if (tensor.strides !== undefined)
    reject(`${name}.strides`, 'absent: only contiguous tensors are written', tensor.strides, 'ERR_SHAPE');
  if (tensor.data.length !== count)
    throw makeError(
      'ERR_SHAPE',
      `${name} [${tensor.dims.join(', ')}] must have ${count} values, got ${show(tensor.data)}`,
    );
}

function bytesOf({ data }: TensorLike<StoredDType>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Writes tensors to a safetensors file. The old file, if any, is replaced as a whole at the end or left as it was. For tensors that
 * are not all in memory, other element types, and several files there is SafetensorsWriter.
 * @param path the file; its folder must exist
 * @param tensors contiguous tensors by name, of the types that the format has (not the 4-bit ones)
 * @param metadata free texts, stored under `__metadata__` in this order
 * @throws ERR_DTYPE, ERR_SHAPE or ERR_RANGE for tensors that cannot be stored; ERR_FILE if the file cannot be written
 */
export function writeSafetensors(
  path: string,
  tensors: Iterable<NamedTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): void {
  const named = [...tensors];
  const seen = new Set<string>();
  for (const entry of named) checkEntry(entry, seen);
  checkMetadata(metadata);
  const plans = named.map(([name, { type, dims, data }]) => ({
    name,
    dtype: elementNameOf(type) as ElementName,
    dims,
    bytes: data.byteLength,
  }));
  const { head, tensors: placed } = layOut(plans, metadata);
  const byName = new Map(named);
  replaceFile(path, [head, ...placed.map(({ name }) => bytesOf(byName.get(name) as TensorLike<StoredDType>))]);
}
