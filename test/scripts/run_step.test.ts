// The runner of `npm test`: what it counts, what it does about missing tools and commands that fail.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runStep, type Step } from '../../scripts/test/run_step.mjs';
import { doctestTotals, formatTotals, sum, summaryTotals, vitestTotals } from '../../scripts/test/totals.mjs';
import { hasTool, missingTool } from '../../scripts/tools.mjs';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'octavo-steps-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const script = (text: string) => ({ run: [process.execPath, '-e', text] });

const install = (name: string) => (name === 'there' ? { path: name } : { missing: `no way to get ${name}` });

async function runOne(step: Partial<Step>, toolsRequired = false) {
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const total = await runStep(
    { name: 'a step', tools: [], commands: [], ...step },
    { root: folder, toolsRequired, write, install },
  );
  return { ...total, output };
}

describe('totals', () => {
  it('of a check are its last line', () => {
    expect(summaryTotals('ok\ncheck: 7 passed, 1 failed, 2 skipped\n')).toEqual({ passed: 7, failed: 1, skipped: 2 });
    expect(summaryTotals('nothing')).toEqual(sum([]));
  });

  it('of native tests are the sum over the programs', () => {
    const output =
      '1: [doctest] test cases:  12 |  11 passed | 1 failed | 0 skipped\n1: [doctest] assertions: 9 | 9 passed | 0 failed |\n' +
      '2: [doctest] test cases: 3 | 1 passed | 0 failed | 2 skipped\n';
    expect(doctestTotals(output)).toEqual({ passed: 12, failed: 1, skipped: 2 });
  });

  it('of vitest count the files that did not load', () => {
    const file = path.join(folder, 'report.json');
    const report = {
      numPassedTests: 4,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
      testResults: [
        { status: 'failed', assertionResults: [{ status: 'failed' }] },
        { status: 'failed', assertionResults: [] },
        { status: 'passed', assertionResults: [{ status: 'passed' }] },
      ],
    };
    writeFileSync(file, JSON.stringify(report));
    expect(vitestTotals(file)).toEqual({ passed: 4, failed: 2, skipped: 3 });
  });

  it('are one plain line', () => {
    expect(formatTotals({ passed: 1, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped');
  });
});

describe('a step', () => {
  it('passes its output on and counts each command as one', async () => {
    const result = await runOne({ commands: [script('console.log("hello")'), script('console.error("there")')] });
    expect(result).toMatchObject({ passed: 2, failed: 0, skipped: 0 });
    expect(result.output).toMatch(/== a step\nhello\nthere\n== a step: ok, 2 passed/);
  });

  it('ends at the first command that fails', async () => {
    const result = await runOne({ commands: [script('process.exit(3)'), script('console.log("unreached")')] });
    expect(result).toMatchObject({ passed: 0, failed: 1 });
    expect(result.output).not.toContain('unreached');
    expect(result.output).toContain('FAILED');
  });

  it.each([
    ['dies', 'process.kill(process.pid, "SIGKILL")'],
    ['fails although its summary is fine', 'console.log("check: 1 passed, 0 failed, 0 skipped"); process.exit(1)'],
    ['runs no test', 'console.log("done")'],
  ])('counts a failure when a program %s', async (_, text) => {
    expect((await runOne({ commands: [{ ...script(text), counts: 'summary' }] })).failed).toBe(1);
  });

  it('counts a failure when a program or its report is missing', async () => {
    expect((await runOne({ commands: [{ run: ['octavo-no-such-program'] }] })).failed).toBe(1);
    const vitest = path.join(folder, 'no-report.json');
    expect((await runOne({ commands: [{ ...script(''), counts: { vitest } }] })).failed).toBe(1);
  });

  it('says what failed', async () => {
    const text = 'console.log("ok\\nFAILED one\\n  because\\nsteps: 3 passed, 1 failed, 0 skipped"); process.exit(1)';
    const commands = [
      script('console.log("an error: of no consequence")'),
      { ...script(text), counts: 'summary' as const },
    ];
    expect(await runOne({ commands })).toMatchObject({ passed: 4, failed: 1, failures: ['one: because'] });
    const missing = await runOne({ commands: [{ run: ['octavo-no-such-program'] }] });
    expect(missing.failures).toEqual([expect.stringContaining('ENOENT')]);
    const killed = await runOne({ commands: [script('process.kill(process.pid, "SIGKILL")')] });
    expect(killed.failures).toEqual([expect.stringContaining('was ended by SIGKILL')]);
  });

  it('hands its environment on, and no input', async () => {
    const text = 'process.stdin.on("end", () => console.log(process.env.OCTAVO_X)).resume()';
    expect((await runOne({ commands: [{ ...script(text), env: { OCTAVO_X: 'set' } }] })).output).toContain('set');
  });

  it('is skipped without its tools, and fails where they are required', async () => {
    const step = { tools: ['node', 'octavo-no-such-tool'], commands: [script('console.log("unreached")')] };
    expect(await runOne(step)).toMatchObject({
      skipped: 1,
      failed: 0,
      output: 'skipped: a step (octavo-no-such-tool is not installed)\n',
    });
    const failures = ['octavo-no-such-tool is not installed'];
    expect(await runOne(step, true)).toMatchObject({ skipped: 0, failed: 1, failures });
  });

  it('is skipped without its runtimes, and fails where they are required', async () => {
    const step = { runtimes: ['there', 'elsewhere'], commands: [script('console.log("unreached")')] };
    const output = 'skipped: a step (no way to get elsewhere)\n';
    expect(await runOne(step)).toMatchObject({ skipped: 1, failed: 0, output });
    const failures = ['no way to get elsewhere'];
    expect(await runOne(step, true)).toMatchObject({ skipped: 0, failed: 1, failures });
    expect(await runOne({ ...step, runtimes: ['there'] })).toMatchObject({ passed: 1, failed: 0 });
  });
});

describe('tools', () => {
  it('are programs on the PATH, or files', () => {
    expect(hasTool('node')).toBe(true);
    expect(hasTool(process.execPath)).toBe(true);
    expect(hasTool('octavo-no-such-tool')).toBe(false);
    expect(hasTool(path.join(folder, 'no-such-file'))).toBe(false);
    expect(missingTool(['node', 'octavo-no-such-tool'])).toBe('octavo-no-such-tool');
    expect(missingTool([])).toBeUndefined();
  });
});
