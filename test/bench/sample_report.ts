// A report as a run makes it, for those that read one.
import { type BenchReport, type CaseReport, type ContestantReport, REPORT_FORMAT } from '../../bench/report_types';
import type { Latency } from '../../bench/statistics';
import { summarizeCases } from '../../bench/summary';

const rate = (best: number, median = best) => ({ best, median });

/** A contestant that took `best` seconds, 98.5 % of its limit. */
export function timed(name: string, best: number, kind: 'int8' | 'read', baseline = 'octavo'): ContestantReport {
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
    baseline,
    ratio: rate(best / 0.002),
  };
}

const cases: readonly CaseReport[] = [
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
    contestants: [
      timed('octavo', 0.002, 'int8'),
      timed('octavo s8xs8', 0.0021, 'int8'),
      timed('octavo, cold', 0.003, 'read'),
      timed('onnxruntime', 0.004, 'int8'),
      timed('onnxruntime s8xs8', 0.008, 'int8', 'octavo s8xs8'),
      timed('typed arrays float32', 0.008, 'read'),
    ],
    bounds: [],
  },
];

const speedups = [1, 1.9, 2.6, 3.4];
const scaling = [1024, 2048].map((size) => ({
  name: `threads, int8 ${size}x${size}x${size}`,
  sizes: { m: size, n: size, k: size },
  points: speedups.map((speedup, i) => {
    const best = 0.002 / speedup;
    const seconds = { count: 5, best, p10: best, median: best, p90: best, worst: best, noise: 0.01 };
    return { threads: i + 1, seconds, rate: 1e12 * speedup, speedup: rate(speedup) };
  }),
}));

const latency = (p50: number): Latency => ({ count: 100, p50, p90: 2 * p50, p99: 5 * p50, max: 20 * p50 });

/** A run with something of everything: one contestant that is wrong, one case with many contestants, threads, load. */
export const sampleReport: BenchReport = {
  format: REPORT_FORMAT,
  machine: {
    cpu: 'Some CPU with a Name as Long as Vendors Like to Make It @ 2.50GHz',
    board: null,
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
  cpuStates: null,
  settings: { suites: ['gemm'], filter: null, quick: true, threads: 1 },
  peers: { onnxruntime: 'onnxruntime-node 1.30.0' },
  peaks: {
    int8: rate(1034.4e9, 1030e9),
    float32: rate(257e9),
    bandwidth: [{ level: 'L1', bytes: 24576, read: rate(432.1e9), copy: rate(98.76e9) }],
  },
  cases,
  scaling,
  latency: [
    {
      name: 'async dynamic 1x3072x768',
      sizes: { m: 1, n: 3072, k: 768 },
      threads: 4,
      idleDelay: latency(1e-4),
      points: ['octavo', 'onnxruntime'].map((contestant) => ({
        contestant,
        inFlight: 100,
        callsPerSecond: 12345.6,
        latency: latency(1e-3),
        loopDelay: latency(2e-5),
      })),
    },
  ],
  summary: summarizeCases(cases),
};
