// Ids of vectors: numbers or bigints outside, 64-bit integers inside.
import { makeError } from '../../errors';
import { reject, show } from '../../validate';

export const ID_TYPES = ['number', 'bigint'] as const;
export type IdType = (typeof ID_TYPES)[number];

/** Ids as they come back. -1 stands for none. */
export type IdArray<Ids extends IdType> = Ids extends 'bigint' ? BigInt64Array : Float64Array;
export type Id<Ids extends IdType> = Ids extends 'bigint' ? bigint : number;

/** Ids as they are given: whole numbers from 0 on. */
export type IdList = ArrayLike<number> | ArrayLike<bigint>;

/** The largest id, plus one, that fits: 2^53 for numbers. */
const LIMITS = { number: 2n ** 53n, bigint: 2n ** 63n - 1n } as const;

const isList = (ids: unknown): ids is ArrayLike<unknown> =>
  Array.isArray(ids) || (ArrayBuffer.isView(ids) && !(ids instanceof DataView));

function toId(name: string, id: unknown, limit: bigint): bigint {
  if (typeof id === 'bigint' ? id < 0n : !(Number.isSafeInteger(id) && (id as number) >= 0))
    throw makeError('ERR_RANGE', `${name} must be a whole number from 0 on, got ${show(id)}`);
  const value = BigInt(id as number | bigint);
  if (value >= limit) throw makeError('ERR_RANGE', `${name} must be below ${limit}, got ${value}`);
  return value;
}

/** Throws ERR_DTYPE for what is no list, ERR_RANGE, ERR_SHAPE for another `count`. */
export function checkIds(ids: IdList, type: IdType, count?: number): BigInt64Array {
  if (!isList(ids)) reject('ids', 'an array of numbers or bigints', ids, 'ERR_DTYPE');
  if (count !== undefined && ids.length !== count)
    throw makeError('ERR_SHAPE', `ids must have one for each of ${count} vectors, got ${ids.length}`);
  const checked = new BigInt64Array(ids.length);
  for (let i = 0; i < checked.length; i++) checked[i] = toId(`ids[${i}]`, ids[i], LIMITS[type]);
  return checked;
}

/** Throws ERR_RANGE if an index whose next id is `next` has ids that numbers cannot tell apart. */
export function checkNextId(next: bigint, type: IdType): void {
  if (next > LIMITS[type])
    throw makeError('ERR_RANGE', `its ids go up to ${next - 1n}, beyond 2^53 - 1: open it with { ids: 'bigint' }`);
}

export function idOf<Ids extends IdType>(id: bigint, type: Ids): Id<Ids> {
  return (type === 'bigint' ? id : Number(id)) as Id<Ids>;
}

/** Writes native ids to an array of the index's type. */
export function copyIds(from: BigInt64Array, to: Float64Array | BigInt64Array): void {
  if (to instanceof BigInt64Array) to.set(from);
  else for (let i = 0; i < from.length; i++) to[i] = Number(from[i]);
}
