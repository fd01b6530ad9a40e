// Predicates and the wording of argument errors: what was wrong, what was expected, what came.
import { type ErrorCode, makeError } from './errors';

/** How a received value is shown in a message: short, with its type, never a data dump. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (typeof value !== 'object') return `${String(value)} (${typeof value})`;
  const found: unknown = value.constructor?.name;
  const name = typeof found === 'string' ? found : 'object';
  if (Array.isArray(value))
    return value.length <= 8 ? `[${value.map(showItem).join(', ')}]` : `array of ${value.length}`;
  if (ArrayBuffer.isView(value) && 'length' in value) return `${name} of length ${String(value.length)}`;
  return name;
}

/** An array's item: numbers bare; what String() would choke on, such as an object without a prototype, by its kind. */
function showItem(item: unknown): string {
  return typeof item === 'object' && item !== null ? typeof item : String(item);
}

/** Throws `code` as "<name> must be <expected>, got <received>". */
export function reject(name: string, expected: string, received: unknown, code: ErrorCode): never {
  throw makeError(code, `${name} must be ${expected}, got ${show(received)}`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** An integer in [min, max]; throws ERR_DTYPE for what is not a number, ERR_RANGE outside. */
export function checkInteger(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number') reject(name, 'a number', value, 'ERR_DTYPE');
  if (!Number.isInteger(value) || value < min || value > max)
    reject(name, `an integer from ${min} to ${max}`, value, 'ERR_RANGE');
  return value;
}

/** A finite float32 value greater than zero, as every scale must be. */
export function checkScale(name: string, value: number): number {
  if (typeof value !== 'number') reject(name, 'a number', value, 'ERR_DTYPE');
  const rounded = Math.fround(value);
  if (!(rounded > 0) || rounded === Number.POSITIVE_INFINITY)
    reject(name, 'a finite float32 greater than 0', value, 'ERR_RANGE');
  return rounded;
}

/** One of a list of strings. */
export function checkOneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) reject(name, `one of ${allowed.join(', ')}`, value, 'ERR_RANGE');
  return value as T;
}

/** An options object or nothing at all. */
export function checkOptions<T extends object>(name: string, value: T | undefined): Partial<T> {
  if (value === undefined) return {};
  if (!isObject(value)) reject(name, 'an options object', value, 'ERR_DTYPE');
  return value;
}
