// The example of a decoder, on the real one in ../shared/data: its forward pass, and what its loss becomes through a cache of codes.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.join(__dirname, '..', '..');
const folder = path.join(root, '..', 'shared', 'data', 'shakespeare-head64');
const missing = !existsSync(folder);

const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });

/** Prints the largest difference to the float model's own logits of the first sequence, and the largest of these. */
const COMPARE = `
  import { readFileSync } from 'node:fs';
  import { attention } from 'octavo/turboquant';
  import { Decoder } from './examples/decoder/decoder.mjs';
  import { readSequences } from './examples/decoder/loss.mjs';
  const [folder] = process.argv.slice(1);
  const bytes = readFileSync(folder + '/golden_float_logits_seq0.npy');
  const golden = new Float32Array(bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length));
  const [ids] = readSequences(folder).evaluation;
  const logits = new Decoder(folder).forward(ids, 0, (layer, q, k, v) => attention(q, k, v));
  const most = (values) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  console.log(JSON.stringify([golden.length - logits.length, most(golden.map((x, i) => x - logits[i])), most(golden)]));
`;

it('computes the model', ({ skip }) => {
  if (missing) skip('skipped: ../shared not present');
  const { stdout, stderr } = node('--input-type=module', '-e', COMPARE, folder);
  expect(stderr).toBe('');
  const [missed, difference, most] = JSON.parse(stdout) as [number, number, number];
  expect(missed).toBe(0);
  expect(most).toBeGreaterThan(5);
  expect(difference).toBeLessThan(1e-4 * most);
});

it('loses little with all keys and values as codes', ({ skip }) => {
  if (missing) skip('skipped: ../shared not present');
  const { stdout, stderr } = node('examples/decoder/loss.mjs', folder, '4', 'float32', '4/4', '2/2');
  expect(stderr).toBe('');
  const change = (form: string) => Number(new RegExp(`${form} .* (-?[\\d.]+) %`).exec(stdout)?.[1]);
  // Of all 60 sequences: +0.25 % and +6.6 %.
  expect(change('K4/V4')).toBeLessThan(1);
  expect(change('K2/V2')).toBeGreaterThan(3);
  expect(change('K2/V2')).toBeLessThan(12);
});
