// Child process: every export of octavo/turboquant under spoiled arguments. Arguments: seed, number of rounds. Prints what
// happened as JSON.
import { createRequire } from 'node:module';
import { Fuzzer } from './fuzzer.mjs';
import { codecCalls } from './turboquant_calls/codec.mjs';
import { kvCalls } from './turboquant_calls/kv.mjs';

const require = createRequire(import.meta.url);
const turboquant = require('../../dist/lib/turboquant/index.js');
const { isOctavoError } = require('../../dist/lib/index.js');

const [seed, rounds] = process.argv.slice(2).map(Number);

const CALLS = { ...codecCalls(turboquant), ...kvCalls(turboquant) };
/** Constants, and what another fuzzer tries. */
const LEFT_OUT = ['SCALE_KINDS', 'SCALE_TYPES', 'VectorIndex', 'ID_TYPES', 'KEPT_TYPES', 'METRICS'];
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
