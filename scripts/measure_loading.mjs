// How long `require('octavo')` takes in a fresh process. Usage: node scripts/measure_loading.mjs [folder of the package] [runs]
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..'), runs = '30'] = process.argv.slice(2);

const CODE = `
const start = performance.now();
require(process.argv[1]);
process.stdout.write(String(performance.now() - start));`;

/** Milliseconds that requiring `target` takes in a process of its own. */
function loadOnce(target) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', CODE, target], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

const parts = { "require('octavo')": folder, 'its separate files': path.join(folder, 'dist', 'lib', 'index.js') };
for (const [name, target] of Object.entries(parts)) {
  const times = Array.from({ length: Number(runs) }, () => loadOnce(path.resolve(target))).sort((a, b) => a - b);
  const [best, median] = [times[0], times[Math.floor(times.length / 2)]];
  console.log(`${name}: best ${best.toFixed(1)} ms, median ${median.toFixed(1)} ms`);
}
