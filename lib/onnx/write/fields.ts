// Messages with some of their fields replaced.

/**
 * A copy of a message with fields in place of its own; those that octavo does not know stay. Empty bytes take a field away;
 * an empty string does not add one.
 */
export function withFields<T extends object>(origin: T, fields: Partial<T>): T {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(origin)), origin) as Record<string, unknown>;
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Uint8Array && value.length === 0) delete copy[name];
    else if (value !== '' || Object.hasOwn(copy, name)) copy[name] = value;
  }
  return copy as T;
}
