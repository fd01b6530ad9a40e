import { expect, it } from 'vitest';
import { type BenchReport, type CaseReport, type ContestantReport, REPORT_FORMAT } from '../../bench/report_types';
import { summarizeCases } from '../../bench/summary';
import { formatBench } from '../../lib/cli/bench_table';

const rate = (best: number, median = best) => ({ best, median });

function timed(name: string, best: number, kind: 'int8' | 'read'): ContestantReport {
  const seconds = { count: 5, best, p10: best, median: best * 1.25, p90: best * 2, worst: best * 3, noise: 0.01 };
  return {
    name,
    status: 'timed',
    note: null,
    seconds,
    callsPerSample: 10,
    rate: { best: 2e9 / best / 1e3, median: 1.6e9 / best / 1e3, unit: 'OPS' },
    work: { operations: 2e6, bytes: 1e6, resident: 1e6 },
    bandwidth: rate(1e6 / best),
    ofBound: { kind, level: kind === 'int8' ? null : 'memory', best: 0.985, median: 0.5 },
    baseline: 'octavo',
    ratio: best / 0.002,
  };
}

const cases: CaseReport[] = [
  {
    suite: 'gemm',
    family: 'gemm int8',
    name: 'gemm int8 2048x2048x2048',
    sizes: { m: 2048, n: 2048, k: 2048 },
    rounds: 5,
    contestants: [
      timed('octavo', 0.002, 'int8'),
      {
        name: 'onnxruntime',
        status: 'wrong',
        note: '3 of 4 values wrong',
        seconds: null,
        callsPerSample: null,
        rate: null,
        work: null,
        bandwidth: null,
        ofBound: null,
        baseline: null,
        ratio: null,
      },
      timed('typed arrays float32', 0.5, 'read'),
    ],
    bounds: [],
  },
  {
    suite: 'gemm',
    family: 'gemm int8',
    name: 'gemm int8 512x11008x4096',
    sizes: { m: 512, n: 11008, k: 4096 },
    rounds: 5,
    contestants: [timed('octavo', 0.002, 'int8'), timed('typed arrays float32', 0.008, 'read')],
    bounds: [],
  },
];

const report: BenchReport = {
  format: REPORT_FORMAT,
  machine: {
    cpu: 'Some CPU with a Name as Long as Vendors Like to Make It @ 2.50GHz',
    cpuModel: 'family 6 model 143 stepping 8',
    platform: 'linux-x64',
    kernel: 'Linux 6.1.0-45-cloud-amd64',
    virtual: true,
    usableCpus: 4,
    cpus: 64,
    affinity: '0-3,32-35',
    cpuQuota: 3.5,
    isa: 'avx512vnni',
    availableIsas: ['avx512vnni', 'avx2', 'scalar'],
    caches: [
      { level: 1, type: 'data', bytes: 49152, sharedBy: '0' },
      { level: 2, type: 'unified', bytes: 1048576, sharedBy: '0' },
      { level: 3, type: 'unified', bytes: 33554432, sharedBy: '0-3' },
    ],
    governor: null,
    hugePages: 'madvise',
    memoryBytes: 16 * 2 ** 30,
    load: 3,
    node: '20.20.2',
    v8: '11.3',
    octavo: '0.1.0',
    date: '2026-01-02T03:04:05.678Z',
  },
  settings: { suites: ['gemm'], filter: null, quick: true, threads: 1 },
  peers: { onnxruntime: 'onnxruntime-node 1.30.0' },
  peaks: {
    int8: rate(1034.4e9, 1030e9),
    float32: rate(257e9),
    bandwidth: [{ level: 'L1', bytes: 24576, read: rate(432.1e9), copy: rate(98.76e9) }],
  },
  cases,
  summary: summarizeCases(cases),
};

const lines = formatBench(report).split('\n');

/** The cells of the line that starts with `name`. */
const cellsOf = (name: string): string[] =>
  (lines.find((line) => line.trimStart().startsWith(name)) ?? '').trim().split(/ {2,}/);

it('stays within 100 columns', () => {
  const threaded = formatBench({ ...report, settings: { ...report.settings, threads: 1024 } }).split('\n');
  expect(threaded).toContain('   With 1024 threads the limit is 1024 times that of one thread.');
  expect(Math.max(...[...lines, ...threaded].map((line) => line.length))).toBeLessThanOrEqual(100);
});

it('rates arithmetic in operations, memory in bytes, and refers all to the first contestant', () => {
  expect(cellsOf('octavo  ')).toEqual(['octavo', '2.00 ms', '2.50 ms', '1.00', 'GOPS', '98.5', '50.0', 'int8', '1.00']);
  const loop = ['typed arrays float32', '500 ms', '625 ms', '0.00', 'GB/s', '98.5', '50.0', 'read memory', '250.00'];
  expect(cellsOf('typed arrays')).toEqual(loop);
});

it('names who was not timed, and why', () => {
  expect(cellsOf('onnxruntime ')).toEqual(['onnxruntime', ...new Array(7).fill('-')]);
  expect(lines).toContain('not timed: gemm int8 2048x2048x2048, onnxruntime: 3 of 4 values wrong');
});

it('ends with means over the cases of a family', () => {
  const loop = ['gemm int8: typed arrays float32', '2', '31.62', '4.00', '512x11008x4096', '250.00', '2048x2048x2048'];
  expect(cellsOf('gemm int8: typed')).toEqual(loop);
  expect(cellsOf('gemm int8: octavo')).toEqual([
    'gemm int8: octavo',
    ...['2', '98.5', '98.5', '2048x2048x2048', '98.5', '512x11008x4096'],
  ]);
});

it('tells the machine, its limits, and that others were using it', () => {
  expect(cellsOf('int8, registers')).toEqual(['int8, registers only', '1034 GOPS', '1030']);
  expect(cellsOf('read, L1')).toEqual(['read, L1 (24 KiB)', '432 GB/s', '432', '2.39']); // 1034.4 / 432.1
  expect(cellsOf('copy, L1')).toEqual(['copy, L1 (24 KiB)', '98.8 GB/s', '98.8']);
  expect(lines.find((line) => line.startsWith('run'))).toContain('load 3.00; others are using it; quick');
});
