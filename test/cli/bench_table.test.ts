import { expect, it } from 'vitest';
import { summarizeCases } from '../../bench/summary';
import { formatBench } from '../../lib/cli/bench_table';
import { sampleReport } from '../bench/sample_report';

const lines = formatBench(sampleReport).split('\n');

/** The cells of the line that starts with `name`. */
const cellsOf = (name: string): string[] =>
  (lines.find((line) => line.trimStart().startsWith(name)) ?? '').trim().split(/ {2,}/);

it('stays within 100 columns', () => {
  const threaded = formatBench({ ...sampleReport, settings: { ...sampleReport.settings, threads: 1024 } }, 200);
  expect(threaded.replace(/\s+/g, ' ')).toContain('With 1024 threads the limit is 1024 times that of one thread.');
  expect(Math.max(...[...lines, ...threaded.split('\n')].map((line) => line.length))).toBeLessThanOrEqual(100);
});

it('fits a terminal of 80 columns, without medians', () => {
  const narrow = formatBench(sampleReport, 80);
  expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(narrow).toMatch(/^case {2,}best {2,}rate {2,}% best {2}of {2,}ratio$/m);
  expect(narrow.split('\n').length).toBeGreaterThanOrEqual(lines.length);
});

it('rates arithmetic in operations, memory in bytes, and refers all to the first contestant', () => {
  expect(cellsOf('octavo  ')).toEqual([
    'octavo',
    '2.00 ms',
    '2.50 ms',
    '1.00',
    'GOPS',
    '98.5',
    '50.0',
    'int8',
    '1.00',
    '1.00',
  ]);
  const loop = [
    'typed arrays float32',
    '500 ms',
    '625 ms',
    '0.00',
    'GB/s',
    '98.5',
    '50.0',
    'read memory',
    '250',
    '250',
  ];
  expect(cellsOf('typed arrays')).toEqual(loop);
});

it('names who was not timed, and why', () => {
  expect(cellsOf('onnxruntime ')).toEqual(['onnxruntime', ...new Array(8).fill('-')]);
  expect(lines).toContain('not timed: gemm int8 2048x2048x2048, onnxruntime: 3 of 4 values wrong');
});

it('says whose figures were disturbed', () => {
  const disturbed = sampleReport.cases.map((one) => ({
    ...one,
    bounds: [{ kind: 'int8', unit: 'OPS', bytes: 0, level: null, memory: null, best: 5e11, median: 5e11 } as const],
  }));
  const text = formatBench({ ...sampleReport, cases: disturbed.slice(1) }).replace(/\s+/g, ' ');
  expect(text).toContain('far below the peak above: gemm int8 512x11008x4096.');
  expect(lines.join('\n')).not.toContain('disturbed');
});

it('ends with means over the cases of a family, of bests and of medians', () => {
  const end = lines.slice(lines.findIndex((line) => line.startsWith('ratio, all cases')));
  const cellsAfter = (title: string, name: string): string[] => {
    const after = end.slice(end.findIndex((line) => line.startsWith(title)));
    return (after.find((line) => line.startsWith(name)) ?? '').trim().split(/ {2,}/);
  };
  expect(end[1]).toBe('gemm int8');
  const loop = ['2', '31.62', '31.62', '4.00', '512x11008x4096', '250', '2048x2048x2048'];
  expect(cellsAfter('ratio', '  typed arrays')).toEqual(['typed arrays float32', ...loop]);
  const octavo = ['2', '98.5', '50.0', '98.5', '2048x2048x2048', '98.5', '512x11008x4096'];
  expect(cellsAfter('% of', '  octavo')).toEqual(['octavo', ...octavo]);
});

it('tells the machine, its limits, and that others were using it', () => {
  expect(cellsOf('int8, registers')).toEqual(['int8, registers only', '1034 GOPS', '1030']);
  expect(cellsOf('read, L1')).toEqual(['read, L1 (24 KiB)', '432 GB/s', '432', '2.39']); // 1034.4 / 432.1
  expect(cellsOf('copy, L1')).toEqual(['copy, L1 (24 KiB)', '98.8 GB/s', '98.8']);
  expect(lines.find((line) => line.startsWith('run'))).toContain('load 3.00; others are using it; quick');
});

it('tells speed-ups, and latencies beside the delay of the event loop', () => {
  expect(cellsOf('2 threads')).toEqual(['2 threads', '1.05 ms', '1.05 ms', '1900 GOPS', '1.90', '1.90', '95.0']);
  const loads = lines.slice(lines.findIndex((line) => line.startsWith('async calls')));
  const octavo = (loads.find((line) => line.startsWith('  octavo')) ?? '').trim().split(/ {2,}/);
  const waits = ['1.00 ms', '2.00 ms', '5.00 ms', '20.0 ms'];
  expect(octavo).toEqual(['octavo', '100', '12346', ...waits, '20.0 us', '100 us']);
});

it('leaves out what was not measured', () => {
  const bare = formatBench({ ...sampleReport, cases: [], scaling: [], latency: [], summary: summarizeCases([]) });
  for (const absent of ['case ', 'thread scaling', 'async calls', 'all cases']) expect(bare).not.toContain(absent);
});

it('says what a board is, and what held it back', () => {
  const before = {
    governor: 'ondemand',
    driver: 'cpufreq-dt',
    hertz: 0.6e9,
    mostHertz: 1.8e9,
    celsius: 48,
    throttled: 0,
  };
  const cpuStates = { before, after: { ...before, hertz: 1.8e9, celsius: 82, throttled: 0xa0008 } };
  const machine = { ...sampleReport.machine, board: 'Raspberry Pi 4 Model B Rev 1.4', governor: 'ondemand' };
  const text = formatBench({ ...sampleReport, machine, cpuStates }, 80);
  expect(text).toMatch(/^board {4}Raspberry Pi 4 Model B Rev 1.4$/m);
  expect(text).toMatch(/^state {4}clock 0.60 GHz before, 1.80 GHz after, at most 1.80 GHz; temperature/m);
  expect(text.replace(/\s+/g, ' ')).toContain('48 °C before, 82 °C after; throttling now: temperature limit; since');
  expect(text.replace(/\s+/g, ' ')).toContain(
    'warning the board held its CPU back during the run (clock capped, temperature limit)',
  );
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  for (const name of ['board', 'state', 'warning'])
    expect(formatBench(sampleReport)).not.toMatch(new RegExp(`^${name} `, 'm'));
});
