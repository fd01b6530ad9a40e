// Runs a program of Node's on an emulated CPU, with the addon that was built for it; so do the processes that it starts.
// Usage: node scripts/test/emulated_node.mjs <cpu, as in emulators.mjs> <script> [arguments]
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EMULATED_CPUS } from './emulators.mjs';
import { runtimePath } from './runtimes.mjs';

const quoted = (word) => `'${word.replaceAll("'", "'\\''")}'`;

/** The folder of a program that starts this Node under the emulator, and of what makes Node take it for itself. */
function makeNode(name, command) {
  const folder = path.resolve('build', 'emulated', name);
  mkdirSync(folder, { recursive: true });
  const program = path.join(folder, 'node');
  writeFileSync(program, `#!/bin/sh\nexec ${command.map(quoted).join(' ')} "$@"\n`);
  chmodSync(program, 0o755);
  const preload = path.join(folder, 'exec_path.cjs');
  writeFileSync(preload, `process.execPath = ${JSON.stringify(program)};\n`);
  return { program, preload };
}

const [name, ...args] = process.argv.slice(2);
const cpu = EMULATED_CPUS[name];
if (cpu === undefined || args.length === 0)
  throw new Error(`usage: emulated_node.mjs <${Object.keys(EMULATED_CPUS).join(' | ')}> <script> [arguments]`);

const isArm = cpu.arch === 'arm64';
const { program, preload } = makeNode(name, [...cpu.run, isArm ? runtimePath('node20-linux-arm64') : process.execPath]);
const ofArm = { OCTAVO_PREBUILD: path.resolve('build', 'native-arm64'), NODE_PATH: runtimePath('vitest-linux-arm64') };
const env = { ...process.env, ...(isArm ? ofArm : {}), NODE_OPTIONS: `--require=${preload}` };
const { status, signal } = spawnSync(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
if (signal !== null) console.error(`ended by ${signal}`);
process.exitCode = status ?? 1;
