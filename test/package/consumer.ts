// An empty folder with the packed package installed, as a user has it, on a PATH without compiler and Python.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

/** All that an install may use. npm starts scripts by `sh` and its own files by `env node`. */
const PROGRAMS = ['node', 'npm', 'npx', 'sh', 'env'];
// npm, vitest and octavo itself are configured by these; the user's shell has none of them.
const OWN_VARIABLES = /^(npm_|NODE_OPTIONS$|NODE_ENV$|INIT_CWD$|VITEST|VITE_|OCTAVO_|CI$|LD_PRELOAD$)/i;

// What npx says about the user's own npm configuration is not the package's output.
const NPM_NOTICE = /^npm (warn|notice)\b.*\n/gm;

export interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Consumer {
  readonly folder: string;
  /** Runs a program of the bare PATH, or one by its path, in the folder; no input, at most `seconds` (120). */
  run(program: string, args: readonly string[], seconds?: number): Result;
  /** Writes a file into the folder. */
  write(name: string, text: string): void;
  remove(): void;
}

/** The folder of tarballs that `npm test -- --only package` has made. */
function packagesFolder(): string {
  const folder = process.env.OCTAVO_PACKAGES;
  if (folder === undefined) throw new Error('OCTAVO_PACKAGES is not set: run `npm test -- --only package`');
  return path.resolve(folder);
}

export const tarballPath = (): string => path.join(packagesFolder(), 'octavo.tgz');

/** The tarball with the binary for a target; not all were made on every machine. */
export const platformTarball = (target: string): string => path.join(packagesFolder(), 'platforms', `${target}.tgz`);

let registry: string | undefined;

/** Where the packages with binaries are served from, by a thread: consumers block this one. */
function registryUrl(): string {
  if (registry !== undefined) return registry;
  const port = new Int32Array(new SharedArrayBuffer(4));
  const folder = path.join(packagesFolder(), 'platforms');
  new Worker(path.join(__dirname, 'registry.mjs'), { workerData: { folder, port } }).unref();
  if (Atomics.wait(port, 0, 0, 30_000) === 'timed-out') throw new Error(`no registry of ${folder} in 30 s`);
  registry = `http://127.0.0.1:${port[0]}/`;
  return registry;
}

export function findProgram(name: string, searchPath: string): string | undefined {
  return searchPath
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function makeBarePath(folder: string, node: string): string {
  const programs = path.join(folder, 'bin');
  mkdirSync(programs);
  for (const name of PROGRAMS) {
    const found = name === 'node' ? node : findProgram(name, process.env.PATH ?? '');
    if (found === undefined) throw new Error(`${name} is not on the PATH`);
    symlinkSync(realpathSync(found), path.join(programs, name));
  }
  return programs;
}

function bareEnvironment(searchPath: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !OWN_VARIABLES.test(name));
  return { ...Object.fromEntries(kept), PATH: searchPath, NO_COLOR: '1' };
}

/**
 * Installs the tarball with the given npm options, all under the given Node (this one); throws what npm wrote if that
 * fails.
 */
export function installConsumer(options: readonly string[] = [], node = process.execPath): Consumer {
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), 'octavo-consumer-')));
  const folder = path.join(base, 'app');
  mkdirSync(folder);
  const env = bareEnvironment(makeBarePath(base, node));
  const consumer: Consumer = {
    folder,
    run(program, args, seconds = 120) {
      const { status, stdout, stderr, error } = spawnSync(program, args, {
        cwd: folder,
        env,
        encoding: 'utf8',
        input: '',
        timeout: seconds * 1000,
        maxBuffer: 64 * 1024 * 1024,
      });
      const own = stderr.replace(NPM_NOTICE, '');
      return { status, stdout, stderr: error === undefined ? own : `${own}\n${error.message}` };
    },
    write: (name, text) => writeFileSync(path.join(folder, name), text),
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
  consumer.write('package.json', JSON.stringify({ name: 'app', version: '1.0.0', private: true }));
  consumer.write('.npmrc', `@octavo:registry=${registryUrl()}\n`);
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', ...options, tarballPath()];
  const { status, stdout, stderr } = consumer.run('npm', install, 300);
  if (status !== 0) {
    consumer.remove();
    throw new Error(`npm ${install.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
  }
  return consumer;
}
