// Builds the binaries that the package carries: all that this machine has the tools for, and names the others.
// Usage: npm run prebuilds [-- --list] [-- --only linux-arm64 --only host --also win32-x64] [-- --out <folder>]
// Of what is named by --only, all must be built; by --also, what can be built here. --check builds nothing: it says whether
// the folder has all binaries, as they may be published.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildTarget } from './prebuild/build.mjs';
import { hasDrivers, hasKernels } from './prebuild/gpu_kernels.mjs';
import { problemsOf } from './prebuild/inspect.mjs';
import { fileOf, findTargets, TARGETS } from './prebuild/targets.mjs';
import { toolchainOf } from './prebuild/toolchains.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const {
  only = [],
  also = [],
  check,
  list,
  out,
} = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    also: { type: 'string', multiple: true },
    check: { type: 'boolean' },
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
    const binary = readFileSync(file);
    const packed = gzipSync(binary, { level: 9 }).length;
    const kernels = hasKernels(binary) ? 'with' : 'without';
    console.log(
      `${target.name}: ${fileOf(target)}, ${kilobytes(bytes)}, packed ${kilobytes(packed)}, ${kernels} GPU kernels, ${compiler}`,
    );
    return 'built';
  } catch (error) {
    console.error(`${target.name}: ${error.message}`);
    return 'failed';
  }
}

/** What keeps the folder's binary for a target from being published; empty if nothing does. */
function checkBinary(target) {
  const file = path.join(out, fileOf(target));
  if (!existsSync(file)) return ['it is not there'];
  const binary = readFileSync(file);
  const lacking = hasDrivers(target) && !hasKernels(binary) ? ['it has no GPU kernels'] : [];
  return [...problemsOf(binary, target), ...lacking];
}

function checkAll(targets) {
  for (const target of targets) {
    const problems = checkBinary(target);
    console.log(`${target.name}: ${problems.length === 0 ? 'ok' : problems.join('; ')}`);
    if (problems.length > 0) process.exitCode = 1;
  }
}

function listAll(targets) {
  for (const target of targets) {
    const { name, missing } = toolchainOf(target);
    const lacking = missing();
    console.log(`${target.name}: ${lacking === undefined ? `by ${name}` : `not here, ${lacking} is missing`}`);
  }
}

function buildAll(targets, required) {
  const outcomes = new Map(targets.map((target) => [target, build(target)]));
  const built = [...outcomes.values()].filter((outcome) => outcome === 'built').length;
  console.log(`prebuild: ${built} of ${targets.length} built`);
  const enough = built > 0 && required.every((target) => outcomes.get(target) === 'built');
  if (!enough || [...outcomes.values()].includes('failed')) process.exitCode = 1;
}

const required = findTargets(only);
const named = new Set([...required, ...findTargets(also)]);
const targets = named.size === 0 ? TARGETS : [...named];
if (check) checkAll(targets);
else if (list) listAll(targets);
else buildAll(targets, required);
