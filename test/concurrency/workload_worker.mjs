// Worker thread: runs the seeded workload and posts its hashes.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { runWorkload } from '../reference/seeded_workload.mjs';

const octavo = createRequire(import.meta.url)('../../dist/lib/index.js');
parentPort.postMessage(await runWorkload(octavo, workerData.mode));
