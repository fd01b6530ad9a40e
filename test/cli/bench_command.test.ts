import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchReport, CaseReport, ContestantReport } from '../../bench/report_types';

const main = path.join(__dirname, '..', '..', 'dist/lib/cli/main.js');
const folder = mkdtempSync(path.join(tmpdir(), 'octavo-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

function bench(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, [main, 'bench', ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  return new Promise((done) => child.on('close', (code) => done({ code, stdout })));
}

async function benchJson(args: readonly string[], env?: Record<string, string>): Promise<BenchReport> {
  const { code, stdout } = await bench([...args, '--quick', '--json', '-'], env);
  expect(code).toBe(0);
  return JSON.parse(stdout) as BenchReport;
}

function checkTimed({ seconds, rate, ofBound, bandwidth, callsPerSample }: ContestantReport, operations: number): void {
  if (seconds === null || rate === null || ofBound === null || bandwidth === null) throw new Error('not timed');
  expect(seconds.count).toBeGreaterThanOrEqual(3);
  expect(seconds.best).toBeGreaterThan(0);
  expect(seconds.median).toBeGreaterThanOrEqual(seconds.best);
  expect(seconds.worst).toBeGreaterThanOrEqual(seconds.median);
  expect(rate.best).toBeCloseTo(operations / seconds.best, 0);
  expect(rate.best).toBeGreaterThanOrEqual(rate.median);
  expect(ofBound.best).toBeGreaterThan(0);
  expect(ofBound.best).toBeLessThan(2); // not exact where the machine is busy with other tests
  expect(callsPerSample).toBeGreaterThan(0);
}

const byName = (one: CaseReport, name: string): ContestantReport | undefined =>
  one.contestants.find((contestant) => contestant.name === name);

describe('octavo bench gemm --quick --filter 64x64x64 --json -', () => {
  let report: BenchReport;
  beforeAll(async () => {
    report = await benchJson(['gemm', '--filter', '64x64x64']);
  });

  it('describes machine, settings and peers', () => {
    const { machine, settings, peers } = report;
    expect(machine.availableIsas).toContain(machine.isa);
    expect(machine.node).toBe(process.versions.node);
    expect(Date.parse(machine.date)).toBeGreaterThan(Date.parse('2026-01-01'));
    expect(settings).toEqual({ suites: ['gemm'], filter: '64x64x64', quick: true, threads: 1 });
    expect(peers.onnxruntime).toMatch(/^onnxruntime-node \d/); // a dev dependency, found from the package
  });

  it('measures peaks and bandwidths, the nearer the memory the more', () => {
    const { int8, float32, bandwidth } = report.peaks;
    for (const rate of [int8, float32, ...bandwidth.flatMap(({ read, copy }) => [read, copy])]) {
      expect(rate.median).toBeGreaterThan(0);
      expect(rate.best).toBeGreaterThanOrEqual(rate.median);
    }
    expect(bandwidth[0]?.read.best).toBeGreaterThan(bandwidth.at(-1)?.read.best ?? Number.POSITIVE_INFINITY);
  });

  it('times the int8 product of that size in all its forms, octavo first, the others in ratio to it', () => {
    expect(report.cases.map(({ name }) => name)).toEqual(['gemm int8 64x64x64']);
    for (const one of report.cases) {
      expect(one.sizes).toEqual({ m: 64, n: 64, k: 64 });
      const forms = ['octavo', 'octavo s8xs8', 'octavo to float32', 'octavo to float16', 'octavo to int8'];
      const peers = ['onnxruntime', 'onnxruntime s8xs8', 'typed arrays'];
      expect(one.contestants.map(({ name }) => name)).toEqual([...forms, ...peers]);
      for (const name of [...forms, 'typed arrays']) {
        const contestant = byName(one, name) as ContestantReport;
        checkTimed(contestant, 2 * 64 ** 3);
        expect(contestant.baseline).toBe('octavo');
        expect(contestant.ratio?.median).toBeGreaterThan(0);
      }
      expect(one.contestants[0]?.ratio).toEqual({ best: 1, median: 1 });
      expect(byName(one, 'typed arrays')?.ratio?.best).toBeGreaterThan(2);
      expect(one.bounds[0]?.best).toBeGreaterThan(0);
    }
  });

  it('times onnxruntime only where its result is right, each sign against the same of octavo', () => {
    for (const name of ['onnxruntime', 'onnxruntime s8xs8']) {
      const peer = byName(report.cases[0] as CaseReport, name);
      if (peer?.status === 'timed') {
        checkTimed(peer, 2 * 64 ** 3);
        expect(peer.baseline).toBe(name.replace('onnxruntime', 'octavo'));
      } else
        expect(peer).toMatchObject({ status: 'wrong', seconds: null, note: expect.stringContaining('values wrong') });
    }
  });

  it('weights that are cold take longer where a call reads little else', async () => {
    const { cases, machine } = await benchJson(['gemm', '--filter', '1x1024x1024']);
    const cold = byName(cases[0] as CaseReport, 'octavo, cold');
    expect(cold?.status).toBe('timed');
    if (machine.isa === 'scalar') return; // it computes longer than memory takes
    expect(cold?.ratio?.median).toBeGreaterThan(1);
    expect(cold?.work?.resident).toBeGreaterThanOrEqual(2 * (machine.caches.at(-1)?.bytes ?? 0));
    expect(cold?.ofBound).toMatchObject({ kind: 'read', level: 'memory' });
    const peer = byName(cases[0] as CaseReport, 'onnxruntime, cold');
    expect(peer?.note ?? '').not.toContain('length'); // wrong sums, on CPUs where it saturates, are no fault of the suite
    if (peer?.status === 'timed') expect(peer).toMatchObject({ baseline: 'octavo, cold', work: cold?.work });
  });
});

describe('octavo bench', () => {
  it('replaces the JSON file as a whole and prints a table of at most 100 columns', async () => {
    const file = path.join(folder, 'results.json');
    const { code, stdout } = await bench(['--quick', '--filter', '1x1024x1024', '--json', file]);
    expect(code).toBe(0);
    const report = JSON.parse(readFileSync(file, 'utf8')) as BenchReport;
    expect(report.cases.map(({ suite }) => suite)).toEqual(['gemm', 'linear', 'linear', 'linear']);
    for (const { name } of report.cases) expect(stdout).toContain(name);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(readdirSync(folder)).toEqual(['results.json']);
    for (const { contestants } of report.cases) {
      const octavos = contestants.filter(({ name }) => name.startsWith('octavo'));
      expect(octavos.map(({ status }) => status)).toEqual(octavos.map(() => 'timed'));
    }
  });

  it('checks and times float32 products and passes over memory', async () => {
    const { cases } = await benchJson(['--filter', '256x256x256']);
    expect(cases.map(({ name }) => name)).toContain('gemm float32 256x256x256');
    const passes = (await benchJson(['quantize'])).cases;
    expect(passes.length).toBeGreaterThanOrEqual(10);
    for (const { name, contestants } of [...cases, ...passes]) {
      const wrong = contestants.filter(({ name: who, status }) => who !== 'onnxruntime' && status !== 'timed');
      expect({ name, wrong }).toEqual({ name, wrong: [] });
    }
    for (const { contestants } of passes) expect(contestants[0]?.rate?.unit).toBe('B/s');
  });

  it('uses the threads and the kernel set it is told to', async () => {
    const args = ['gemm', '--threads', '2', '--filter', '256x256x256'];
    const { settings, machine, cases } = await benchJson(args, { OCTAVO_ISA: 'scalar' });
    expect(settings.threads).toBe(2);
    expect(machine.isa).toBe('scalar');
    expect(cases.length).toBeGreaterThan(0);
  });
});

describe('octavo bench --compare, --from, --html', () => {
  const old = path.join(folder, 'old.json');
  const write = (name: string, report: BenchReport): string => {
    const file = path.join(folder, name);
    writeFileSync(file, JSON.stringify(report));
    return file;
  };
  /** The report with every time of octavo's `factor` times as long, and as much further from its limit. */
  const scaled = (report: BenchReport, factor: number): BenchReport => ({
    ...report,
    cases: report.cases.map((one) => ({
      ...one,
      contestants: one.contestants.map((contestant) => ({
        ...contestant,
        seconds: contestant.seconds && { ...contestant.seconds, best: contestant.seconds.best * factor, noise: 0 },
        ofBound: contestant.ofBound && { ...contestant.ofBound, best: contestant.ofBound.best / factor },
      })),
    })),
  });
  let report: BenchReport;
  beforeAll(async () => {
    report = await benchJson(['gemm', '--filter', '64x64x64']);
    writeFileSync(old, JSON.stringify(scaled(report, 1)));
  });

  it('ends with 1 if a figure is slower by more than the noise, and tells which', async () => {
    const { code, stdout } = await bench(['--from', write('slow.json', scaled(report, 1.5)), '--compare', old]);
    expect(code).toBe(1);
    expect(stdout).toContain('5 slower, 0 faster, 0 within noise');
    expect(stdout).toMatch(/slower {2}gemm int8 64x64x64: octavo s8xs8 .* \+50\.0 % {3}\+50\.0 %/);
  });

  it('ends with 0 if figures are faster, or within the noise', async () => {
    const faster = await bench(['--from', write('fast.json', scaled(report, 0.5)), '--compare', old]);
    expect(faster).toMatchObject({ code: 0, stdout: expect.stringContaining('0 slower, 5 faster, 0 within noise') });
    const same = await bench(['--from', old, '--compare', old]);
    expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining('0 slower, 0 faster, 5 within noise') });
  });

  it('measures again what seems slower than before, before it calls it so', async () => {
    const before = write('before.json', scaled(report, 0.01));
    const now = path.join(folder, 'now.json');
    const args = ['gemm', '--quick', '--filter', '64x64x64', '--compare', before, '--json', now];
    const { code, stdout } = await bench(args);
    expect(code).toBe(1);
    expect(stdout).toContain('5 slower');
    const { cases } = JSON.parse(readFileSync(now, 'utf8')) as BenchReport;
    expect(cases[0]?.rounds).toBeGreaterThanOrEqual(3 * 4); // three times at least the rounds of a quick case
  });

  it('writes a page, and prints one to stdout alone', async () => {
    const page = path.join(folder, 'page.html');
    expect((await bench(['--from', old, '--html', page])).stdout).toContain('gemm int8 64x64x64');
    const printed = await bench(['--from', old, '--html', '-']);
    expect(printed).toEqual({ code: 0, stdout: readFileSync(page, 'utf8') });
    expect(printed.stdout).toMatch(/^<!doctype html>/);
    expect(printed.stdout).toContain('64³');
  });
});
