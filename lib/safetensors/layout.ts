// Where tensors go in a file, or in several: known before any data is.
import { makeError } from '../errors';
import { isObject, reject, show } from '../validate';
import { ELEMENT_NAMES, type ElementName, elementBits, isElementName } from './element_types';
import { bytesOf, countOf } from './parse_header';

/** A tensor that is to be written. */
export interface TensorPlan {
  readonly name: string;
  /** The element type by the format's own name, such as "BF16". */
  readonly dtype: ElementName;
  readonly dims: readonly number[];
  /** It goes into the same file as the tensor before it. */
  readonly attached?: boolean | undefined;
  /**
   * For a tensor of bytes (U8, [length]) that is only known in the end, such as a text: dims say how many they are at most, and
   * one write gives all of it. Such tensors lie behind the others.
   */
  readonly late?: boolean | undefined;
}

export interface PlanOptions {
  /** Free texts, stored under `__metadata__` in this order. */
  readonly metadata?: ReadonlyMap<string, string> | undefined;
}

export interface PlacedTensor {
  readonly name: string;
  readonly bytes: number;
  /** Of its first byte in the file. */
  readonly start: number;
}

export interface FileLayout {
  /** The length and the header. */
  readonly head: Uint8Array;
  readonly tensors: readonly PlacedTensor[];
}

/** What every header is padded to, so that all tensors start at a multiple of their element size. */
const ALIGNMENT_BYTES = 8;
const LENGTH_BYTES = 8;
/** Readers refuse longer headers. */
const MAX_HEADER_BYTES = 100_000_000;

/** A name that is a text and not yet there. Throws ERR_DTYPE or ERR_RANGE. */
export function checkNewName(name: unknown, seen: Set<string>): void {
  if (typeof name !== 'string') reject('a tensor name', 'a string', name, 'ERR_DTYPE');
  if (name === '__metadata__' || seen.has(name))
    reject('a tensor name', 'unique and not "__metadata__"', name, 'ERR_RANGE');
  seen.add(name);
}

/** Throws ERR_DTYPE unless it is a Map whose keys and values are texts. */
export function checkMetadata(metadata: ReadonlyMap<string, string>): void {
  if (!(metadata instanceof Map)) reject('metadata', 'a Map of texts', metadata, 'ERR_DTYPE');
  for (const [key, text] of metadata)
    if (typeof key !== 'string' || typeof text !== 'string') reject('metadata', 'texts by name', text, 'ERR_DTYPE');
}

/** The plans with the bytes of each. Throws ERR_DTYPE, ERR_RANGE or ERR_SHAPE for what cannot be stored. */
export function checkPlans(tensors: readonly TensorPlan[]): CheckedPlan[] {
  const seen = new Set<string>();
  if (!Array.isArray(tensors)) reject('tensors', 'an array', tensors, 'ERR_DTYPE');
  return Array.from(tensors as readonly TensorPlan[], (plan) => {
    if (!isObject(plan)) reject('a tensor', '{ name, dtype, dims }', plan, 'ERR_DTYPE');
    const { name, dtype, dims } = plan;
    const [attached, late] = [plan.attached === true, plan.late === true];
    checkNewName(name, seen);
    if (!isElementName(dtype)) reject(`${name}: dtype`, `one of ${ELEMENT_NAMES.join(', ')}`, dtype, 'ERR_DTYPE');
    const bytes = isShape(dims) ? bytesOf(dtype, countOf(dims) ?? Number.NaN) : undefined;
    if (bytes === undefined || !Number.isSafeInteger(bytes))
      throw makeError('ERR_SHAPE', `${name}: dims ${show(dims)} of ${dtype} are no whole number of bytes below 2^53`);
    if (late && (dtype !== 'U8' || dims.length !== 1))
      throw makeError('ERR_SHAPE', `${name}: a late tensor is U8 of one axis, got ${dtype} ${show(dims)}`);
    return { name, dtype, dims: [...dims], bytes, attached, late };
  });
}

/** True for a list of sizes; a list of holes, which `every` would pass over one by one, is none. */
function isShape(dims: unknown): dims is readonly number[] {
  if (!Array.isArray(dims)) return false;
  for (const dim of dims) if (!Number.isSafeInteger(dim) || (dim as number) < 0) return false;
  return true;
}

/** Late tensors last; wide elements first, then by name: with a padded header every tensor is aligned, and the order is always the same. */
function inFileOrder<Plan extends TensorPlan>(tensors: readonly Plan[]): Plan[] {
  return [...tensors].sort(
    (a, b) =>
      Number(a.late ?? false) - Number(b.late ?? false) ||
      elementBits(b.dtype) - elementBits(a.dtype) ||
      (a.name < b.name ? -1 : Number(a.name > b.name)),
  );
}

/** A plan that checkPlans has seen. */
export type CheckedPlan = TensorPlan & { readonly bytes: number };

/**
 * The places of checked tensors in one file. Throws ERR_RANGE for so many that no reader takes the header.
 * @param headBytes how long the head shall be, where it was longer when tensors that come late had their full length
 */
export function layOut(
  tensors: readonly CheckedPlan[],
  metadata: ReadonlyMap<string, string>,
  headBytes = 0,
): FileLayout {
  // A Map keeps a tensor called "__proto__" an ordinary entry; Object.fromEntries defines it as an own property.
  const fields = new Map<string, unknown>();
  if (metadata.size > 0) fields.set('__metadata__', Object.fromEntries(metadata));
  let offset = 0;
  const ordered = inFileOrder(tensors).map(({ name, dtype, dims, bytes }) => {
    fields.set(name, { dtype, shape: dims, data_offsets: [offset, offset + bytes] });
    offset += bytes;
    return { name, bytes, start: offset - bytes };
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields)));
  const headerBytes = Math.max(Math.ceil(json.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES, headBytes - LENGTH_BYTES);
  if (headerBytes > MAX_HEADER_BYTES)
    throw makeError(
      'ERR_RANGE',
      `names and metadata make a header of ${headerBytes} bytes, at most 100 MB are allowed`,
    );
  const head = new Uint8Array(LENGTH_BYTES + headerBytes).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerBytes), true);
  head.set(json, LENGTH_BYTES);
  return { head, tensors: ordered.map((tensor) => ({ ...tensor, start: head.length + tensor.start })) };
}

/** Tensors in files of at most so many bytes of data, in the order given; what is larger by itself has a file of its own. */
export function cutShards(tensors: readonly CheckedPlan[], maxBytes: number): CheckedPlan[][] {
  const groups: CheckedPlan[][] = [];
  for (const tensor of tensors) {
    const last = groups.at(-1);
    if (tensor.attached && last !== undefined) last.push(tensor);
    else groups.push([tensor]);
  }
  const shards: CheckedPlan[][] = [];
  let room = -1;
  for (const group of groups) {
    const bytes = group.reduce((sum, tensor) => sum + tensor.bytes, 0);
    if (bytes > room) {
      shards.push([]);
      room = maxBytes;
    }
    shards.at(-1)?.push(...group);
    room -= bytes;
  }
  return shards.length === 0 ? [[]] : shards;
}
