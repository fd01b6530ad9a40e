import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSamples } from '../../../lib/onnx/data';
import { floats, info } from '../execute/tiny_models';
import { drawn } from './sample_files';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-modules-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

let files = 0;
function write(text: string): string {
  const file = path.join(folder, `samples_${files++}.mjs`);
  fs.writeFileSync(file, text);
  return file;
}

const inputs = [info('x', 'float32', ['N', 2])];
const open = (text: string) => openSamples(write(text), inputs);

it.each([
  [
    'an async generator',
    'export default async function* () { yield { x: { type: "float32", dims: [1, 2], data: Float32Array.of(1, 2) } }; }',
  ],
  ['a function of the inputs', 'export const samples = ({ inputs }) => [{ [inputs[0].name]: Float32Array.of(1, 2) }];'],
  ['an array', 'export default [{ x: { dims: [2], data: Float64Array.of(1, 2) } }];'],
  ['a promise of an iterable', 'export default async () => [{ x: Uint8Array.of(1, 2) }];'],
])('takes %s', async (_, text) => {
  const source = await open(text);
  expect(source.count).toBeUndefined();
  expect(await drawn(source)).toEqual([{ x: floats([1, 2], 1, 2) }]);
  expect(await drawn(source)).toEqual([{ x: floats([1, 2], 1, 2) }]);
});

it('stops a generator whose samples are not wanted any more', async () => {
  const source = await open(`
    export default async function* () {
      try { for (;;) yield { x: Float32Array.of(1, 2) }; } finally { globalThis.octavoStopped = true; }
    }`);
  for await (const feeds of source) {
    expect(feeds.x).toBeDefined();
    break;
  }
  expect((globalThis as { octavoStopped?: boolean }).octavoStopped).toBe(true);
});

it.each([
  ['throws when it is loaded', 'throw new Error("broken");', /cannot be loaded: broken/],
  ['exports a number', 'export default 5;', /must be a generator function or an iterable/],
  ['returns a number', 'export default () => 5;', /must return an iterable, got 5/],
  ['throws', 'export default function* () { throw new Error("no such picture"); }', /no such picture/],
  ['gives no object', 'export default [5];', /sample 0 must be an object of tensors, got 5/],
  [
    'gives an unknown input',
    'export default [{ y: Float32Array.of(1, 2) }];',
    /sample 0 has 'y', the model's inputs are 'x'/,
  ],
  ['leaves an input out', 'export default [{}];', /sample 0 has no tensor for the input 'x'/],
  [
    'gives a plain array',
    'export default [{ x: [1, 2] }];',
    /input 'x' of sample 0 must be \{ type, dims, data \} or a typed array/,
  ],
  ['gives too few values', 'export default [{ x: Float32Array.of(1) }];', /has 1 values, expected 2 for \[1, 2\]/],
])('says what is wrong with a module that %s', async (_, text, message) => {
  await expect((async () => drawn(await open(text)))()).rejects.toThrow(message);
});
