// Child process: the kernel set, the threads, and the hashes of the seeded workload, as JSON. Argument: sync or async.
import { createRequire } from 'node:module';
import { runWorkload } from '../reference/seeded_workload.mjs';

const octavo = createRequire(import.meta.url)('../../dist/lib/index.js');
const { isa, available, threads } = octavo.runtime;
const hashes = process.argv[2] === 'none' ? {} : await runWorkload(octavo, process.argv[2]);
process.stdout.write(JSON.stringify({ isa, available, threads, hashes }));
