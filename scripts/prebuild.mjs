// Builds the binaries that the package carries: all that this machine has the tools for, or those that are named.
// Usage: npm run prebuild [-- --only linux-arm64 --only host] [-- --out <folder>] [-- --list]. Without --only, what cannot
// be built here is named and passed over; what is named must be built.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildTarget } from './prebuild/build.mjs';
import { chooseTargets, fileOf } from './prebuild/targets.mjs';
import { toolchainOf } from './prebuild/toolchains.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const {
  only = [],
  list,
  out,
} = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    list: { type: 'boolean' },
    out: { type: 'string', default: path.join(root, 'prebuilds') },
  },
}).values;

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;

/** @returns {'built' | 'missing' | 'failed'} */
function build(target) {
  const toolchain = toolchainOf(target);
  const missing = toolchain.missing();
  if (missing !== undefined) {
    console.log(`${target.name}: not built, ${missing} is missing here`);
    return 'missing';
  }
  try {
    const { file, bytes, compiler } = buildTarget(target, toolchain, out);
    const packed = gzipSync(readFileSync(file), { level: 9 }).length;
    console.log(`${target.name}: ${fileOf(target)}, ${kilobytes(bytes)}, packed ${kilobytes(packed)}, ${compiler}`);
    return 'built';
  } catch (error) {
    console.error(`${target.name}: ${error.message}`);
    return 'failed';
  }
}

const targets = chooseTargets(only);
if (list)
  for (const target of targets) {
    const { name, missing } = toolchainOf(target);
    const lacking = missing();
    console.log(`${target.name}: ${lacking === undefined ? `by ${name}` : `not here, ${lacking} is missing`}`);
  }
else {
  const outcomes = targets.map(build);
  const built = outcomes.filter((outcome) => outcome === 'built').length;
  console.log(`prebuild: ${built} of ${targets.length} built`);
  const enough = only.length > 0 ? built === targets.length : built > 0;
  if (!enough || outcomes.includes('failed')) process.exitCode = 1;
}
