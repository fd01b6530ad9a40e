// Writes a safetensors file, the same bytes for the same content.
import { makeError } from '../errors';
import { replaceFile } from '../files/replace_files';
import { bytesPerElement } from '../tensor/dtype';
import { checkTensorLike, countValues, type TensorLike } from '../tensor/tensor';
import { reject, show } from '../validate';
import { dtypeOf, ELEMENT_NAMES, elementNameOf, type StoredDType } from './element_types';

const STORED_DTYPES = ELEMENT_NAMES.map((name) => dtypeOf(name)) as readonly StoredDType[];

type NamedTensor = readonly [name: string, tensor: TensorLike<StoredDType>];

/** What every header is padded to, so that all tensors start at a multiple of their element size. */
const ALIGNMENT_BYTES = 8;

function checkEntry([name, tensor]: NamedTensor, seen: Set<string>): void {
  if (typeof name !== 'string') reject('a tensor name', 'a string', name, 'ERR_DTYPE');
  if (name === '__metadata__' || seen.has(name))
    reject('a tensor name', 'unique and not "__metadata__"', name, 'ERR_RANGE');
  seen.add(name);
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

/** Wide elements first, then by name: with a padded header every tensor is aligned, and the order is always the same. */
function inFileOrder(tensors: readonly NamedTensor[]): NamedTensor[] {
  return [...tensors].sort(
    ([a, x], [b, y]) => bytesPerElement(y.type) - bytesPerElement(x.type) || (a < b ? -1 : Number(a > b)),
  );
}

function bytesOf({ data }: TensorLike<StoredDType>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function headerOf(entries: readonly NamedTensor[], metadata: ReadonlyMap<string, string>): Uint8Array {
  // A Map keeps a tensor called "__proto__" an ordinary entry; Object.fromEntries defines it as an own property.
  const fields = new Map<string, unknown>();
  if (metadata.size > 0) fields.set('__metadata__', Object.fromEntries(metadata));
  let offset = 0;
  for (const [name, { type, dims, data }] of entries) {
    fields.set(name, { dtype: elementNameOf(type), shape: dims, data_offsets: [offset, offset + data.byteLength] });
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields)));
  const padded = new Uint8Array(Math.ceil(json.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES).fill(0x20);
  padded.set(json);
  return padded;
}

/**
 * Writes tensors to a safetensors file. The old file, if any, is replaced as a whole at the end or left as it was.
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
  for (const [key, text] of metadata)
    if (typeof key !== 'string' || typeof text !== 'string') reject('metadata', 'texts by name', text, 'ERR_DTYPE');
  const entries = inFileOrder(named);
  const header = headerOf(entries, metadata);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  replaceFile(path, [length, header, ...entries.map(([, tensor]) => bytesOf(tensor))]);
}
