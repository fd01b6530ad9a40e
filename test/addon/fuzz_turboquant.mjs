// Child process: every export of octavo/turboquant under spoiled arguments. Arguments: seed, number of rounds. Prints what
// happened as JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Fuzzer } from './fuzzer.mjs';
import { codecCalls } from './turboquant_calls/codec.mjs';
import { kvCalls } from './turboquant_calls/kv.mjs';
import { paperCalls, updateCalls } from './turboquant_calls/papers.mjs';
import { indexCalls } from './turboquant_calls/vector_index.mjs';

const require = createRequire(import.meta.url);
const turboquant = require('../../dist/lib/turboquant/index.js');
const { isOctavoError } = require('../../dist/lib/index.js');

const [seed, rounds] = process.argv.slice(2).map(Number);

// Files are written wherever a spoiled path leads, so that this must not be the project's folder.
const folder = mkdtempSync(path.join(tmpdir(), 'octavo-fuzz-'));
process.chdir(folder);
process.on('exit', () => rmSync(folder, { recursive: true }));

const CALLS = {
  ...codecCalls(turboquant),
  ...kvCalls(turboquant),
  ...indexCalls(turboquant),
  ...updateCalls(turboquant),
  ...paperCalls(turboquant),
};
/** Constants. */
const LEFT_OUT = ['SKETCH_MATRICES', 'SCALE_KINDS', 'SCALE_TYPES', 'ID_TYPES', 'KEPT_TYPES', 'METRICS'];
const untested = Object.keys(turboquant).filter((name) => !(name in CALLS) && !LEFT_OUT.includes(name));

const fuzzer = new Fuzzer(seed, isOctavoError);
for (let round = 0; round < rounds; round++) {
  for (const [name, make] of Object.entries(CALLS))
    fuzzer.call(name, (random) => {
      const [run, args] = make(random);
      return { run, args };
    });
  if (round % 20 === 19) await fuzzer.settle();
}
await fuzzer.settle();
const { outcomes, violations } = fuzzer;
process.stdout.write(JSON.stringify({ untested, outcomes, violations: violations.slice(0, 20) }));
