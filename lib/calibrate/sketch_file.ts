// Files of named sketches: JSON, or a compact binary form. docs/sketch-format.md describes both.
import path from 'node:path';
import { addon } from '../addon';
import { isOctavoError } from '../errors';
import { fileError, readExactly, withFile } from '../files/file_access';
import { replaceFile } from '../files/replace_files';
import { isObject, reject, show } from '../validate';
import { ObserverGroup } from './observer_group';
import { Sketch } from './sketch';

/** Sketches by the names of their tensors. */
export type NamedSketches = ReadonlyMap<string, Sketch>;

/** Then follow u32 version and u32 number of sketches. */
const MAGIC = Uint8Array.of(0x89, 0x4f, 0x43, 0x54, 0x53, 0x4b, 0x53, 0x0a); // \x89OCTSKS\n
const VERSION = 1;
const HEAD_BYTES = 16;
/** u32 length of the name, u32 zero, u64 length of the sketch. */
const ENTRY_BYTES = 16;
const CHECKSUM_BYTES = 8;
const MAX_BYTES = 2 ** 31 - 1;

const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** A sketch's part of a file: lengths, name, sketch, each padded to 8 bytes. */
function entryOf([name, sketch]: readonly [string, Sketch]): Uint8Array {
  const nameBytes = new TextEncoder().encode(name);
  const bytes = sketch.toBytes();
  const entry = new Uint8Array(ENTRY_BYTES + padded(nameBytes.length) + padded(bytes.length));
  const view = new DataView(entry.buffer);
  view.setUint32(0, nameBytes.length, true);
  view.setBigUint64(8, BigInt(bytes.length), true);
  entry.set(nameBytes, ENTRY_BYTES);
  entry.set(bytes, ENTRY_BYTES + padded(nameBytes.length));
  return entry;
}

function binaryOf(sketches: NamedSketches): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  head.set(MAGIC);
  new DataView(head.buffer).setUint32(8, VERSION, true);
  new DataView(head.buffer).setUint32(12, sketches.size, true);
  const body = Buffer.concat([head, ...Array.from(sketches, entryOf)]);
  const checksum = new Uint8Array(CHECKSUM_BYTES);
  new DataView(checksum.buffer).setBigUint64(0, addon.checksum(Uint8Array.from(body)), true);
  return Buffer.concat([body, checksum]);
}

/** JSON text of named sketches, one line each. */
export function sketchesToJson(sketches: NamedSketches): string {
  const lines = Array.from(sketches, ([name, sketch]) => JSON.stringify({ name, sketch }));
  return `{"format":"octavo.sketches","version":1,"sketches":[\n${lines.join(',\n')}\n]}\n`;
}

/**
 * Writes named sketches to a file, which is replaced as a whole: JSON if its name ends in ".json", else binary.
 * @throws ERR_FILE if it cannot be written; ERR_DTYPE for what is no path, or no Map of sketches by name
 */
export function writeSketches(file: string, sketches: NamedSketches): void {
  checkPath(file);
  if (!(sketches instanceof Map)) reject('sketches', 'a Map of Sketch by name', sketches, 'ERR_DTYPE');
  for (const [name, sketch] of sketches as Map<unknown, unknown>)
    if (typeof name !== 'string' || !(sketch instanceof Sketch))
      reject('sketches', 'a Map of Sketch by name', sketch, 'ERR_DTYPE');
  const json = file.endsWith('.json');
  replaceFile(file, [json ? new TextEncoder().encode(sketchesToJson(sketches)) : binaryOf(sketches)]);
}

function checkPath(file: unknown): void {
  if (typeof file !== 'string') reject('file', 'a path', file, 'ERR_DTYPE');
}

/** Puts each sketch under a name that no other has. */
class Collection {
  readonly sketches = new Map<string, Sketch>();
  constructor(readonly fail: (fault: string, cause?: unknown) => Error) {}

  add(name: unknown, read: () => Sketch): void {
    if (typeof name !== 'string') throw this.fail('a sketch has no name');
    if (this.sketches.has(name)) throw this.fail(`two sketches are called ${show(name)}`);
    try {
      this.sketches.set(name, read());
    } catch (cause) {
      if (!isOctavoError(cause)) throw cause;
      throw this.fail(`sketch ${show(name)}: ${cause.message}`, cause);
    }
  }
}

function readBinary(bytes: Uint8Array, into: Collection): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEAD_BYTES + CHECKSUM_BYTES) throw into.fail('truncated: its head is incomplete');
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw into.fail(`version ${version} is not supported, expected ${VERSION}`);
  const end = bytes.length - CHECKSUM_BYTES;
  if (addon.checksum(bytes.slice(0, end)) !== view.getBigUint64(end, true))
    throw into.fail('damaged or truncated: its checksum is another');
  let at = HEAD_BYTES;
  for (let left = view.getUint32(12, true); left > 0; left--) {
    if (end - at < ENTRY_BYTES) throw into.fail('damaged: it ends within a sketch');
    const nameBytes = view.getUint32(at, true);
    const sketchBytes = Number(view.getBigUint64(at + 8, true));
    const sketchAt = at + ENTRY_BYTES + padded(nameBytes);
    if (!(sketchAt + padded(sketchBytes) <= end)) throw into.fail('damaged: a sketch lies beyond its end');
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes));
    into.add(name, () => Sketch.fromBytes(bytes.slice(sketchAt, sketchAt + sketchBytes)));
    at = sketchAt + padded(sketchBytes);
  }
  if (at !== end) throw into.fail(`damaged: ${end - at} bytes belong to no sketch`);
}

function parseJson(bytes: Uint8Array, into: Collection): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw into.fail('neither a binary file of sketches nor JSON', cause);
  }
  if (!isObject(json)) throw into.fail('JSON, but not of sketches');
  return json;
}

function readSet({ version, sketches }: Record<string, unknown>, into: Collection): void {
  if (version !== 1) throw into.fail(`version ${show(version)} is not supported, expected 1`);
  if (!Array.isArray(sketches)) throw into.fail('JSON, but not of sketches');
  for (const entry of sketches as unknown[]) {
    if (!isObject(entry)) throw into.fail('a sketch is not an object');
    into.add(entry.name, () => Sketch.fromJSON(entry.sketch as never));
  }
}

function readJson(bytes: Uint8Array, into: Collection, stem: string): void {
  const json = parseJson(bytes, into);
  if (json.format === 'octavo.sketches') readSet(json, into);
  else if (json.format === 'octavo.observerGroup') readGroup(json, into);
  else if (json.format === 'octavo.sketch') into.add(stem, () => Sketch.fromJSON(json as never));
  else throw into.fail('JSON, but not of sketches');
}

function readGroup(json: unknown, into: Collection): void {
  let group: ObserverGroup;
  try {
    group = ObserverGroup.fromJSON(json as never);
  } catch (cause) {
    if (!isOctavoError(cause)) throw cause;
    throw into.fail(cause.message, cause);
  }
  for (const [name, { sketch }] of group.observers) if (sketch !== undefined) into.add(name, () => sketch);
}

/**
 * Reads a file of named sketches, JSON or binary. A file of a single sketch, as JSON.stringify(sketch) or toBytes() make it,
 * gives that under the file's name without its ending; one of an ObserverGroup, the sketches of its observers.
 * @throws ERR_FILE, naming file and fault, for files that cannot be read, are damaged, of another version, or hold none;
 *   ERR_DTYPE for what is no path
 */
export function readSketches(file: string): Map<string, Sketch> {
  checkPath(file);
  const bytes = withFile(file, (open) => {
    if (open.bytes > MAX_BYTES) throw fileError(file, 'larger than 2 GiB');
    const content = new Uint8Array(open.bytes);
    readExactly(open, content, 0);
    return content;
  });
  if (bytes.length === 0) throw fileError(file, 'empty: it holds no sketches');
  const into = new Collection((fault, cause) => fileError(file, fault, cause));
  const stem = path.parse(file).name;
  if (MAGIC.every((byte, i) => bytes[i] === byte)) readBinary(bytes, into);
  else if (bytes[0] === MAGIC[0]) into.add(stem, () => Sketch.fromBytes(bytes));
  else readJson(bytes, into, stem);
  if (into.sketches.size === 0) throw fileError(file, 'it holds no sketches');
  return into.sketches;
}
