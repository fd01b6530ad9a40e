// `octavo bench --device cuda` from end to end on the emulated GPU, with all sizes shrunk; its times mean nothing there.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cardOf } from '../../bench/cuda/card';
import type { GpuReport } from '../../bench/cuda/report_types';
import { formatGpuBench } from '../../lib/cli/bench_cuda_table';
import { temporaryFolder } from '../onnx/files';
import { emulatedCublasLt, emulatedEnvironment, itOnGpu } from './emulated_gpu';

/** What AddressSanitizer says of the emulation's fibers, where it watches. */
const ASAN_NOTE = /^==\d+==WARNING: ASan doesn't fully support makecontext\/swapcontext .*\n/m;
const MAIN = path.join(__dirname, '..', '..', 'dist', 'lib', 'cli', 'main.js');

function octavo(args: string[], env: Record<string, string>) {
  const { OCTAVO_CUDA_DRIVER: _, OCTAVO_CUDA_KERNELS: __, ...rest } = process.env;
  return spawnSync(process.execPath, [MAIN, 'bench', '--device', 'cuda', ...args], {
    encoding: 'utf8',
    env: { ...rest, OCTAVO_BENCH_SHRINK: '256', ...env },
  });
}

itOnGpu('measures limits, products, who wins and transfers, and writes them all', () => {
  const file = path.join(temporaryFolder(), 'gpu.json');
  const env = { ...emulatedEnvironment, OCTAVO_CUBLASLT: emulatedCublasLt };
  const { status, stdout, stderr } = octavo(['--json', file], env);
  expect({ status, stderr: stderr.replace(ASAN_NOTE, '') }).toEqual({ status: 0, stderr: '' });
  const report = JSON.parse(readFileSync(file, 'utf8')) as GpuReport;
  expect(report.format).toBe('octavo bench cuda 1');
  expect(report.command).toContain('bench --device cuda');
  expect(report.gpu).toMatchObject({ name: 'Emulated GPU', cublasLt: '13.0.2', driver: '13.0' });
  expect(Object.values(report.limits).every((rate) => rate !== null && rate.best > 0)).toBe(true);
  for (const { name, contestants } of report.cases)
    for (const one of contestants) {
      const state = `${name}, ${one.name}: ${one.status}`;
      if (one.status === 'absent') continue;
      expect(state).toBe(`${name}, ${one.name}: timed`);
      expect(one.seconds?.best).toBeGreaterThan(0);
      expect(one.ofLimit?.best).toBeGreaterThan(0);
    }
  expect(report.winners.map(({ m }) => m)).toEqual([16, 32]);
  expect(report.winners[0]?.seconds).toHaveProperty('cuBLASLt');
  expect(report.problems).toEqual([]);
  expect(report.transfers).toHaveLength(4);
  const formats = report.cases.find(({ family }) => family === 'layer, formats of weights');
  expect(formats?.contestants.map(({ name }) => name)).toEqual(['octavo int8', 'octavo int4', 'octavo nf4']);
  const names = report.figures.map(({ name }) => name);
  for (const wanted of ["own kernels of cuBLASLt's best", 'fused float16', 'of read bandwidth'])
    expect(names.filter((name) => name.includes(wanted)).length).toBeGreaterThanOrEqual(2);
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  const narrow = formatGpuBench(report, 80);
  expect(narrow.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(narrow).toContain('int8 products of warp groups (wgmma)');
});

itOnGpu('prints JSON alone, and has no contestant that is not there', () => {
  const args = ['gemm', '--filter', 'cold weights', '--json', '-'];
  const { stdout } = octavo(args, { ...emulatedEnvironment, OCTAVO_EMULATED_CAPABILITY: '80' });
  const report = JSON.parse(stdout) as GpuReport;
  expect(report.limits.wgmma).toBeNull();
  expect(report.gpu.cublasLt).toBeNull();
  expect(report.transfers).toEqual([]);
  const statuses = report.cases[0]?.contestants.map(({ name, status }) => `${name} ${status}`);
  expect(statuses).toContain('octavo int32 timed');
  expect(statuses).toContain('cuBLASLt int32 absent');
});

itOnGpu('times nobody whose result is wrong or who fails, and says so', () => {
  const bench = (env: Record<string, string>) => {
    const own = { ...emulatedEnvironment, OCTAVO_CUBLASLT: emulatedCublasLt };
    const { status, stdout } = octavo(['gemm', '--filter', 'int8 product 32', '--json', '-'], { ...own, ...env });
    const { problems, cases } = JSON.parse(stdout) as GpuReport;
    const statuses = Object.fromEntries(cases[0]?.contestants.map((one) => [one.name, one.status]) ?? []);
    return { status, problems, statuses };
  };
  const wrong = bench({ OCTAVO_EMULATED_CUBLASLT_ERROR: '1' });
  expect(wrong.status).toBe(1);
  expect(wrong.problems[0]).toMatch(/cuBLASLt int32: wrong: \d+ of \d+ values wrong/);
  expect(wrong.statuses).toMatchObject({ 'octavo int32': 'timed', 'cuBLASLt int32': 'wrong' });
  const skipped = bench({ OCTAVO_EMULATED_CUBLASLT_FAILURE: 'Matmul:1:3' }); // the first algorithm's trial
  expect(skipped).toMatchObject({ status: 0, problems: [], statuses: { 'cuBLASLt int32': 'timed' } });
  const lost = bench({ OCTAVO_EMULATED_FAILURE: 'LaunchKernelEx:80' });
  expect(lost.status).toBe(1);
  expect(lost.problems.length).toBeGreaterThan(0);
});

itOnGpu('refuses what is for the CPU, and a filter that selects nothing', () => {
  const html = octavo(['--html', 'x.html'], emulatedEnvironment);
  expect(html).toMatchObject({ status: 2, stderr: "octavo: option '--html' cannot be used with '--device cuda'\n" });
  const none = octavo(['--filter', 'nothing'], emulatedEnvironment);
  expect(none.status).toBe(1);
  expect(none.stderr).toMatch(/^octavo: no case on the GPU has "nothing" in its name; one is ".*"\n$/);
});
test('a machine without a GPU is told so in one line', () => {
  const { status, stdout, stderr } = octavo([], { OCTAVO_CUDA_DRIVER: path.resolve('no-driver.so') });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^octavo: no GPU can be measured: .*no-driver.so.*\n$/);
});

test('what nvidia-smi says of a card', () => {
  expect(cardOf('580.65.06, 1980 MHz, 3201 MHz, 700.00 W, Enabled\n')).toEqual({
    driverVersion: '580.65.06',
    mostClock: '1980 MHz',
    mostMemoryClock: '3201 MHz',
    powerLimit: '700.00 W',
    errorCorrection: 'Enabled',
  });
  expect(cardOf('No devices were found\n')).toBeNull();
});
