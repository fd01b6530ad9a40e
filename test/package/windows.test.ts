// The installed package under Node for Windows, where wine is (scripts/setup.sh installs it). Its Node comes from npm.
import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { version } from '../../package.json';
import { installRuntime } from '../../scripts/test/runtimes.mjs';
import { type Consumer, findProgram, installConsumer, platformTarball } from './consumer';

const MAIN = path.join('node_modules', 'octavo', 'dist', 'lib', 'cli', 'main.js');
const LONG = { timeout: 300_000 };
// Debian keeps the one without 32-bit support off the PATH.
const wine = findProgram('wine64', `${process.env.PATH}${path.delimiter}/usr/lib/wine`);

/** Why there is nothing to test here; undefined where there is. */
function obstacle(): string | undefined {
  if (wine === undefined) return 'wine64 is not installed';
  return existsSync(platformTarball('win32-x64')) ? undefined : 'there is no package for win32-x64';
}
const missing = obstacle();

let consumer: Consumer;

/** Runs a Windows program. Its output goes to a file: Node for Windows cannot write to what wine makes of a pipe. */
function runInWine(args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const files = ['stdout', 'stderr'].map((name) => path.join(consumer.folder, name));
  const descriptors = files.map((file) => openSync(file, 'w'));
  const env = {
    ...process.env,
    WINEPREFIX: path.join(consumer.folder, '..', 'wine'),
    WINEDEBUG: '-all',
    OCTAVO_PREBUILD: undefined,
  };
  const { status } = spawnSync(wine ?? '', args, { cwd: consumer.folder, env, stdio: ['ignore', ...descriptors] });
  descriptors.forEach(closeSync);
  const [stdout = '', stderr = ''] = files.map((file) => readFileSync(file, 'utf8'));
  return { status, stdout, stderr };
}

/** Makes what wine has instead of a disk, in about ten seconds. */
function makePrefix(): void {
  runInWine(['wineboot', '-i']);
  // Node 20 refuses to run on what wine says it is by default.
  runInWine(['reg', 'add', 'HKEY_CURRENT_USER\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f']);
}

/** The path of node.exe; skips the test where npm cannot bring it. */
function prepare(context: TestContext): string {
  const { path: node, missing } = installRuntime('node20-win-x64');
  if (node === undefined) return context.skip(missing);
  return node;
}

describe.skipIf(missing !== undefined)(`under wine${missing === undefined ? '' : ` (${missing})`}`, () => {
  beforeAll(() => {
    consumer = installConsumer(['--ignore-scripts', '--force', `@octavo/win32-x64@${version}`]);
    copyFileSync(path.join(__dirname, 'smoke.mjs'), path.join(consumer.folder, 'smoke.mjs'));
    makePrefix();
  }, 320_000);
  afterAll(() => consumer?.remove());

  it('gives the same bytes as under this Node', LONG, (context) => {
    const node = prepare(context);
    const here = consumer.run('node', ['smoke.mjs']);
    const there = runInWine([node, 'smoke.mjs']);
    expect({ status: there.status, stderr: there.stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(there.stdout).same).toEqual(JSON.parse(here.stdout).same);
  });

  it('runs its commands', LONG, (context) => {
    const node = prepare(context);
    expect(runInWine([node, MAIN, '--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    const { status, stdout, stderr } = runInWine([node, MAIN, 'demo', '--count', '200', '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ data: { images: 200 } });
  });

  it('says what it lacks where its binary is damaged', LONG, (context) => {
    const node = prepare(context);
    const binary = path.join(consumer.folder, 'node_modules', '@octavo', 'win32-x64', 'octavo.node');
    copyFileSync(path.join(__dirname, 'smoke.mjs'), binary);
    const { status, stdout, stderr } = runInWine([node, MAIN, 'demo']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^octavo: .*could not be loaded on win32-x64, Node .*no native binary .*in PE format.*\n$/);
  });
});
