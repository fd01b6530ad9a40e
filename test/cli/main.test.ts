import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.join(__dirname, '..', '..');
const dist = path.join(root, 'dist');
const folder = mkdtempSync(path.join(tmpdir(), 'octavo-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  if (!existsSync(path.join(dist, 'lib/cli/main.js'))) throw new Error('dist/ is missing: run `npm run prepare` first');
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], main = path.join(dist, 'lib/cli/main.js')): ChildProcess {
  const env = { ...process.env, OCTAVO_DEBUG: '', OCTAVO_ISA: '' };
  return spawn(process.execPath, [main, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

function finish(child: ChildProcess): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    texts.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    texts.stderr += chunk;
  });
  return new Promise((done) => child.on('close', (code) => done({ code, ...texts })));
}

const octavo = (...args: string[]): Promise<Outcome> => finish(start(args));

/** One line that starts with the program's name, and nothing that looks like a stack. */
const ONE_LINE = /^octavo: [^\n]+\n$/;

describe('help and version', () => {
  it('print on stdout and end with 0', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await octavo('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    for (const args of [['--help'], ['help'], ['bench', '--help'], ['help', 'bench'], ['demo', '--help']]) {
      const { code, stdout, stderr } = await octavo(...args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('Usage: octavo');
    }
  });

  it('fit a terminal of 80 columns', async () => {
    for (const args of [['--help'], ['bench', '--help']]) {
      const { stdout } = await octavo(...args);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });
});

describe('wrong usage', () => {
  it('ends with 2 and one line on stderr', async () => {
    const wrong = [
      ['--nope'],
      ['frobnicate'],
      ['bench', '--nope'],
      ['bench', 'frobnicate'],
      ['bench', 'gemm', 'linear'],
      ['bench', '--threads', '0'],
      ['bench', '--threads', '1.5'],
      ['bench', '--threads', '99999'],
      ['bench', '--json'],
      ['bench', '--json', '-', '--html', '-'],
      ['bench', '--from', 'a.json', '--quick'],
      ['bench', '--from', 'a.json', '--threads', '2'],
    ];
    for (const args of wrong) {
      const outcome = await octavo(...args);
      expect({ args, ...outcome }).toEqual({ args, code: 2, stdout: '', stderr: expect.stringMatching(ONE_LINE) });
    }
  });

  it('without a command shows the help on stderr', async () => {
    const { code, stdout, stderr } = await octavo();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: octavo');
  });

  it('suggests the command that was meant', async () => {
    expect((await octavo('bnech')).stderr).toBe("octavo: unknown command 'bnech'\n(Did you mean bench?)\n");
  });
});

describe('refusals', () => {
  it('end with 1 and one line on stderr', async () => {
    const refused = [
      ['bench', '--filter', 'no such case'],
      ['bench', '--quick', '--json', path.join(folder, 'absent', 'x.json')],
      ['bench', '--quick', '--json', folder],
      ['bench', '--quick', '--html', path.join(folder, 'absent', 'x.html')],
      ['bench', '--quick', '--compare', path.join(folder, 'absent.json')],
      ['bench', '--from', path.join(root, 'package.json')],
    ];
    for (const args of refused) {
      const outcome = await octavo(...args);
      expect({ args, ...outcome }).toEqual({ args, code: 1, stdout: '', stderr: expect.stringMatching(ONE_LINE) });
    }
  });
});

describe('without the native addon', () => {
  const bare = path.join(folder, 'bare');
  const main = path.join(bare, 'dist/lib/cli/main.js');
  beforeAll(() => {
    cpSync(dist, path.join(bare, 'dist'), { recursive: true });
    copyFileSync(path.join(root, 'package.json'), path.join(bare, 'package.json'));
    symlinkSync(path.join(root, 'node_modules'), path.join(bare, 'node_modules'));
  });

  it('help and version work', async () => {
    for (const args of [['--help'], ['--version'], ['bench', '--help'], ['demo', '--help']])
      expect(await finish(start(args, main))).toMatchObject({ code: 0, stderr: '' });
  });

  it('commands say in one line what to do', async () => {
    for (const args of [['demo'], ['bench', '--quick']]) {
      const outcome = await finish(start(args, main));
      expect(outcome).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(ONE_LINE) });
      expect(outcome.stderr).toContain("octavo's native addon could not be loaded");
    }
  });
});

describe('interruptions', () => {
  it('end with 130', async () => {
    const child = start(['bench', 'gemm', '--filter', '512x512x512']);
    const outcome = finish(child);
    await new Promise((wait) => setTimeout(wait, 1500));
    child.kill('SIGINT');
    expect(await outcome).toEqual({ code: 130, stdout: '', stderr: '' });
  });

  it('a reader that has gone ends the command quietly', async () => {
    const child = start(['--help']);
    child.stdout?.destroy();
    expect(await finish(child)).toMatchObject({ code: 0, stderr: '' });
  });
});
