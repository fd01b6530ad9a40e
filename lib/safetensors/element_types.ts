// The safetensors element types that octavo reads and writes, and the dtypes that they are.
import type { DType } from '../tensor';

const NAMES = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I8: 'int8',
  U8: 'uint8',
  I16: 'int16',
  U16: 'uint16',
  I32: 'int32',
  I64: 'int64',
  BOOL: 'bool',
} as const satisfies Record<string, DType>;

/** A dtype that a safetensors file can hold. */
export type StoredDType = (typeof NAMES)[keyof typeof NAMES];

/** The format's own names, for messages. */
export const ELEMENT_NAMES: readonly string[] = Object.keys(NAMES);

/** The dtype of a format name such as "F32"; undefined for those that octavo does not read. */
export function dtypeOf(name: unknown): StoredDType | undefined {
  return typeof name === 'string' && Object.hasOwn(NAMES, name) ? NAMES[name as keyof typeof NAMES] : undefined;
}

/** The format name of a dtype; undefined for those that the format does not have (4-bit types). */
export function elementNameOf(type: DType): string | undefined {
  return Object.entries(NAMES).find(([, dtype]) => dtype === type)?.[0];
}
