// Outputs of the scalar kernels, as hashes: every kernel set on every CPU gives the same bytes. A new row's hash comes from
// scripts/golden.mjs.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import * as octavo from '../../lib';
import * as turboquant from '../../lib/turboquant';
import * as weights from '../../lib/weights';
import { hashOutputs } from './hash_outputs.mjs';
import { ROWS } from './rows.mjs';

const golden: Record<string, string> = JSON.parse(readFileSync(path.join(__dirname, 'outputs.json'), 'utf8'));

it('has one row for each hash', () => {
  expect(ROWS.map(({ name }) => name)).toEqual(Object.keys(golden));
});

it.each(ROWS.map(({ name, run }) => [name, run] as const))('%s', (name, run) => {
  expect(hashOutputs(run({ ...octavo, weights, turboquant }))).toBe(golden[name]);
});
