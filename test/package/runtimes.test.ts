// The package as npm installs it, under the runtimes that npm carries: it gives the same bytes, and its commands run.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { version } from '../../package.json';
import { installRuntime } from '../../scripts/test/runtimes.mjs';
import { hasTool, toolsRequired } from '../../scripts/tools.mjs';
import { type Consumer, findProgram, installConsumer, platformTarball } from './consumer';

const MAIN = path.join('node_modules', 'octavo', 'dist', 'lib', 'cli', 'main.js');
const EMULATOR = 'qemu-aarch64';
const DEMO = ['demo', '--count', '200', '--json'];
/** What the emulated native tests leave, where no package for arm64 was made. */
const EMULATED_BUILD = path.join(__dirname, '../../build/native-arm64/build/Release/octavo.node');
const LONG = { timeout: 300_000 };
const hasArm64 = existsSync(platformTarball('linux-arm64'));
const onX64 = process.platform === 'linux' && process.arch === 'x64';

let consumer: Consumer;
/** What the smoke test says under this Node. */
let expected: unknown;
beforeAll(() => {
  // By force: npm installs the package of another system only then.
  consumer = installConsumer(['--ignore-scripts', ...(hasArm64 ? ['--force', `@octavo/linux-arm64@${version}`] : [])]);
  copyFileSync(path.join(__dirname, 'smoke.mjs'), path.join(consumer.folder, 'smoke.mjs'));
  const { status, stdout, stderr } = consumer.run('node', ['smoke.mjs']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expected = JSON.parse(stdout).same;
}, 320_000);
afterAll(() => consumer?.remove());

/** The path of a runtime. Skips the test where it cannot be had, or fails where it must be there. */
function fetch(context: TestContext, name: string): string {
  const { path: file, missing } = installRuntime(name);
  if (file !== undefined) return file;
  if (toolsRequired) throw new Error(`${name}: ${missing}`);
  return context.skip(missing);
}

function expectSmoke(command: readonly string[]): string {
  const [program = '', ...args] = command;
  const { status, stdout, stderr } = consumer.run(program, [...args, 'smoke.mjs']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { isa, same } = JSON.parse(stdout) as { isa: string; same: unknown };
  expect(same).toEqual(expected);
  return isa;
}

function expectCommands(command: readonly string[], demo: readonly string[]): Record<string, unknown> {
  const [program = '', ...args] = command;
  expect(consumer.run(program, [...args, MAIN, '--version'])).toEqual({
    status: 0,
    stdout: `${version}\n`,
    stderr: '',
  });
  const { status, stdout, stderr } = consumer.run(program, [...args, MAIN, ...demo]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe.runIf(onX64)('on linux-x64', () => {
  it.for(['node22-linux-x64', 'node24-linux-x64'])('installs and runs under %s', LONG, (name, context) => {
    const node = fetch(context, name);
    const own = installConsumer([], node);
    try {
      const { status, stdout, stderr } = own.run('npx', ['octavo', ...DEMO]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ data: { images: 200 } });
    } finally {
      own.remove();
    }
    expectSmoke([node]);
  });

  it.for([
    ['bun', ['run']],
    ['deno', ['run', '--allow-all']],
  ] as const)('runs under %s', LONG, ([name, options], context) => {
    const command = [fetch(context, name), ...options];
    expectSmoke(command);
    expect(expectCommands(command, DEMO)).toMatchObject({ data: { images: 200 } });
  });

  it('runs under an arm64 Node on an emulated Cortex-A72', LONG, (context) => {
    const emulator = findProgram(EMULATOR, process.env.PATH ?? '');
    if (emulator === undefined || !hasTool('aarch64-linux-gnu-g++')) {
      if (toolsRequired) throw new Error(`${EMULATOR} and aarch64-linux-gnu-g++ must be there`);
      return context.skip(`${EMULATOR} or aarch64-linux-gnu-g++ is missing`);
    }
    if (!hasArm64) {
      if (!existsSync(EMULATED_BUILD)) return context.skip('there is no binary for linux-arm64');
      const own = path.join(consumer.folder, 'node_modules', 'octavo', 'prebuilds', 'linux-arm64');
      mkdirSync(own, { recursive: true });
      copyFileSync(EMULATED_BUILD, path.join(own, 'octavo.node'));
    }
    const command = [
      emulator,
      '-cpu',
      'cortex-a72',
      '-L',
      '/usr/aarch64-linux-gnu',
      fetch(context, 'node20-linux-arm64'),
    ];
    expect(expectSmoke(command)).toBe('neon');
    const demo = ['demo', '--count', '20', '--json'];
    expect(expectCommands(command, demo)).toMatchObject({ data: { images: 20 } });
  });
});
