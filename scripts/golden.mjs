// Writes test/golden/outputs.json: what the scalar kernels, which are the definition, give for each row of rows.mjs.
// Usage: OCTAVO_ISA=scalar node scripts/golden.mjs. What is there already must not change, unless --replace is given.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashOutputs } from '../test/golden/hash_outputs.mjs';
import { ROWS } from '../test/golden/rows.mjs';

const file = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'test', 'golden', 'outputs.json');
const require = createRequire(import.meta.url);
const octavo = {
  ...require('../dist/lib'),
  weights: require('../dist/lib/weights'),
  turboquant: require('../dist/lib/turboquant'),
};
if (octavo.runtime.isa !== 'scalar') throw new Error(`OCTAVO_ISA must be scalar, it is ${octavo.runtime.isa}`);

const hashes = Object.fromEntries(ROWS.map(({ name, run }) => [name, hashOutputs(run(octavo))]));
const former = JSON.parse(readFileSync(file, 'utf8'));
const changed = Object.keys(hashes).filter((name) => (former[name] ?? hashes[name]) !== hashes[name]);
for (const name of changed) console.error(`changed: ${name}`);
if (changed.length > 0 && !process.argv.includes('--replace')) process.exitCode = 1;
else writeFileSync(file, `${JSON.stringify(hashes, null, 2)}\n`);
console.log(`golden: ${Object.keys(hashes).length} rows, ${changed.length} changed`);
