// Copies of the package in folders of their own, whose binaries and manifests tests may spoil.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemName } from '../../lib/loading/platform_package';
import { publishedManifest } from '../../scripts/prebuild/packages.mjs';

const root = path.join(__dirname, '..', '..');

/** The addon of this checkout. */
export const builtBinary = path.join(root, 'build', 'Release', 'octavo.node');

/** The package with the binary for this system. */
export const platformPackage = `@octavo/${systemName()}`;

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

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
  /** The folder of the package with the binary, which `setBinary` makes. */
  readonly platformFolder = path.join(this.base, 'node_modules', platformPackage);
  #version = manifest.version;

  /** In a folder of this name; without any binary. */
  constructor(name = 'octavo') {
    this.folder = path.join(this.base, 'node_modules', name);
    mkdirSync(this.folder, { recursive: true });
    chmodSync(this.base, 0o755);
    // Without declarations, which are half of all files.
    const filter = (file: string) => !/\.d\.m?ts$/.test(file);
    cpSync(path.join(root, 'dist'), path.join(this.folder, 'dist'), { recursive: true, filter });
    this.setVersion(manifest.version);
  }

  write(name: string, content: string | Buffer): string {
    const file = path.join(this.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  /** Makes the package with the binary for this system, of the version that the copy has, with this as its binary; its path. */
  setBinary(content: string | Buffer = readFileSync(builtBinary)): string {
    const file = path.join(this.platformFolder, 'octavo.node');
    mkdirSync(this.platformFolder, { recursive: true });
    const own = { name: platformPackage, version: this.#version };
    writeFileSync(path.join(this.platformFolder, 'package.json'), JSON.stringify(own));
    writeFileSync(file, content);
    return file;
  }

  /** The number of the package itself. */
  setVersion(version: string): void {
    this.#version = version;
    this.write('package.json', JSON.stringify(publishedManifest({ ...manifest, version })));
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
