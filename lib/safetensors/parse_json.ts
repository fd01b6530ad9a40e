// JSON as the format means it: UTF-8, one object, and no key twice.
import { fileError } from '../files/file_access';
import { isObject } from '../validate';

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];

/** How many members the objects of a valid JSON text have together: each has one colon outside of texts. */
function countColons(json: Uint8Array): number {
  let [count, inText] = [0, false];
  for (let i = 0; i < json.length; i++) {
    const byte = json[i];
    if (byte === QUOTE) inText = !inText;
    else if (inText && byte === BACKSLASH) i++;
    else if (!inText && byte === COLON) count++;
  }
  return count;
}

/** How many members the objects in a value have together: of repeated ones the parser keeps the last. */
function countMembers(root: object): number {
  let count = 0;
  for (const pending: object[] = [root]; pending.length > 0; ) {
    const value = pending.pop() as object;
    const items: unknown[] = Object.values(value);
    if (!Array.isArray(value)) count += items.length;
    for (const item of items) if (isObject(item)) pending.push(item);
  }
  return count;
}

/**
 * Parses a JSON object.
 * @param what what the bytes are, for messages
 * @throws ERR_FILE for other bytes, other values, and keys that an object has twice
 */
export function parseJsonObject(file: string, what: string, bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fileError(file, `${what} is not valid JSON`, cause);
  }
  if (!isObject(value) || Array.isArray(value)) throw fileError(file, `${what} is not a JSON object`);
  if (countMembers(value) !== countColons(bytes)) throw fileError(file, `${what} has a key twice`);
  return value;
}

/** A map of texts. Throws ERR_FILE for anything else. */
export function textsOf(file: string, what: string, value: unknown): Map<string, string> {
  if (!isObject(value) || Array.isArray(value)) throw fileError(file, `${what} is not an object`);
  const texts = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw fileError(file, `${what} entry ${JSON.stringify(key.slice(0, 60))} is not a string`);
    texts.set(key, text);
  }
  return texts;
}
