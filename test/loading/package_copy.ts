// Copies of the package in folders of their own, whose binaries and manifests tests may spoil.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findLibc } from '../../lib/loading/system';

const root = path.join(__dirname, '..', '..');

/** The addon of this checkout. */
export const builtBinary = path.join(root, 'build', 'Release', 'octavo.node');

const libc = findLibc();
/** Where the package has the binary for this system. */
export const prebuiltName = path.join(
  'prebuilds',
  `${process.platform}-${process.arch}`,
  libc === undefined ? 'octavo.node' : `octavo.${libc}.node`,
);

export interface Loaded {
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** What loading threw, and the lines that it printed: `ok` if nothing. */
export interface LoadResult {
  code?: string;
  message: string;
}

const LOAD = `
try { require(process.argv[1]); console.log(JSON.stringify({ message: 'ok' })); }
catch (error) { console.log(JSON.stringify({ code: error.code, message: error.message })); }`;

/** No settings of this process's own: neither a sanitizer's addon nor its runtime. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { OCTAVO_PREBUILD, OCTAVO_ISA, OCTAVO_THREADS, LD_PRELOAD, NODE_OPTIONS, ...rest } = process.env;
  return rest;
}

export interface RunOptions {
  /** A CommonJS script that runs first. */
  preload?: string;
  uid?: number;
}

export class PackageCopy {
  readonly base = mkdtempSync(path.join(tmpdir(), 'octavo-copy-'));
  readonly folder: string;

  /** Below a folder of this name; without any binary. */
  constructor(name = 'octavo') {
    this.folder = path.join(this.base, 'node_modules', name);
    mkdirSync(this.folder, { recursive: true });
    chmodSync(this.base, 0o755);
    cpSync(path.join(root, 'dist'), path.join(this.folder, 'dist'), { recursive: true });
    cpSync(path.join(root, 'package.json'), path.join(this.folder, 'package.json'));
  }

  write(name: string, content: string | Buffer): string {
    const file = path.join(this.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  /** Puts this content where the binary for this system belongs; the path comes back. */
  setBinary(content: string | Buffer = readFileSync(builtBinary)): string {
    return this.write(prebuiltName, content);
  }

  setVersion(version: string): void {
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as object;
    this.write('package.json', JSON.stringify({ ...manifest, version }));
  }

  run(args: readonly string[], { preload, uid }: RunOptions = {}): Loaded {
    const first = preload === undefined ? [] : ['--require', this.write('preload.cjs', preload)];
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...first, ...args], {
      cwd: '/',
      env: cleanEnvironment(),
      encoding: 'utf8',
      uid,
      timeout: 60_000,
    });
    return { status, signal, stdout, stderr };
  }

  /** Requires the package in a new process. */
  load(options: RunOptions = {}): LoadResult {
    const { status, signal, stdout, stderr } = this.run(['-e', LOAD, this.folder], options);
    if (status !== 0) throw new Error(`loading ended with ${signal ?? status}: ${stderr}`);
    return JSON.parse(stdout) as LoadResult;
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}
