import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BenchCase, Contestant, Work } from '../../bench/contestant';
import type { Peaks } from '../../bench/peaks';
import { runCase } from '../../bench/run_case';

const rate = { best: 1e12, median: 1e12 };
const peaks: Peaks = { int8: rate, float32: rate, bandwidth: [{ level: 'L1', bytes: 16384, read: rate, copy: rate }] };
const work: Work = { operations: 1e6, arithmetic: 'int8', bytes: 1000, traffic: 'read' };
const limits = { budget: 0, minRounds: 4, maxRounds: 9, minSample: 0.0001, warmUp: 0.0002 };
const context = { threads: 1, scalarOperations: 0, slowPeerOperations: 0, coldBytes: 0, onnxruntime: undefined };

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

const contestant = (name: string, milliseconds: number, extra?: Partial<Contestant>): Contestant => ({
  name,
  work,
  call: { kind: 'sync', run: () => spin(milliseconds) },
  verify: () => undefined,
  ...extra,
});

function caseOf(...contestants: Contestant[]): BenchCase {
  return { suite: 'gemm', family: 'a', name: 'a case', sizes: { m: 1 }, prepare: async () => contestants };
}

/** A contestant that takes these milliseconds call by call, again and again, of a clock that calls alone move. */
function paced(name: string, pace: readonly number[], extra?: Partial<Contestant>): Contestant {
  let calls = 0;
  const run = () => {
    elapsed += pace[calls++ % pace.length] ?? 0;
  };
  return contestant(name, 0, { call: { kind: 'sync', run }, ...extra });
}
let elapsed = 0;
const stopClock = () => vi.spyOn(performance, 'now').mockImplementation(() => elapsed);

afterEach(() => vi.restoreAllMocks());

describe('runCase', () => {
  it('times who is right, reports who is wrong or fails, and disposes of all', async () => {
    const disposed: string[] = [];
    const dispose = (name: string) => ({ dispose: () => void disposed.push(name) });
    const run = () => {
      throw new Error('no session\nstack');
    };
    const report = await runCase(
      caseOf(
        contestant('first', 0.2, dispose('first')),
        contestant('wrong', 0.1, { verify: () => '3 values wrong', ...dispose('wrong') }),
        contestant('failing', 0.1, { call: { kind: 'sync', run }, ...dispose('failing') }),
        contestant('slow', 1, dispose('slow')),
      ),
      { context, peaks, limits },
    );
    const [first, wrong, failing, slow] = report.contestants;
    expect(wrong).toMatchObject({ name: 'wrong', status: 'wrong', note: '3 values wrong', seconds: null, ratio: null });
    expect(failing).toMatchObject({ name: 'failing', status: 'failed', note: 'no session', rate: null });
    expect(first).toMatchObject({
      name: 'first',
      status: 'timed',
      note: null,
      ratio: { best: 1, median: 1 },
      callsPerSample: 1,
    });
    expect(first?.seconds?.count).toBe(4);
    expect(slow?.seconds?.best).toBeGreaterThanOrEqual(0.001);
    expect(slow?.ratio?.best).toBe((slow?.seconds?.best ?? 0) / (first?.seconds?.best ?? 0));
    expect(slow?.ratio?.median).toBeGreaterThan(1);
    expect(slow?.rate?.best).toBeCloseTo(1e6 / (slow?.seconds?.best ?? 0), 3);
    expect(disposed).toEqual(['first', 'wrong', 'failing', 'slow']);
    expect(report).toMatchObject({
      name: 'a case',
      sizes: { m: 1 },
      rounds: 4,
      bounds: [{ kind: 'int8', unit: 'OPS' }],
    });
  });

  it('refers a ratio to the contestant that is named for it, and to none that was not timed', async () => {
    stopClock();
    const { contestants } = await runCase(
      caseOf(
        paced('octavo', [20]),
        paced('octavo s8xs8', [80]),
        paced('wrong', [10], { verify: () => 'wrong' }),
        paced('peer s8xs8', [40], { baseline: 'octavo s8xs8' }),
        paced('peer', [40], { baseline: 'wrong' }),
      ),
      { context, peaks, limits },
    );
    const [, signed, , peer, other] = contestants;
    expect(signed?.baseline).toBe('octavo');
    expect(peer?.baseline).toBe('octavo s8xs8');
    expect([signed?.ratio?.median, peer?.ratio?.median]).toEqual([4, 0.5]);
    expect(other).toMatchObject({ status: 'timed', baseline: null, ratio: null });
  });

  it('takes the median of the ratios that rounds have, so that a lucky sample of one alone counts in the best only', async () => {
    stopClock();
    // Two calls to check and to warm up; then one a round: the fourth is a lucky one, and rounds differ.
    const { contestants } = await runCase(
      caseOf(paced('octavo', [20, 20, 20, 60, 5, 40]), paced('peer', [40, 40, 40, 120, 40, 80])),
      { context, peaks, limits },
    );
    expect(contestants.map(({ ratio }) => ratio)).toEqual([
      { best: 1, median: 1 },
      { best: 8, median: 2 },
    ]);
  });

  it('measures the bound beside the contestants: best against best, times the threads', async () => {
    for (const threads of [1, 4]) {
      const options = { context: { ...context, threads }, peaks, limits };
      const { contestants, bounds } = await runCase(caseOf(contestant('first', 0.2)), options);
      const best = contestants[0]?.seconds?.best ?? Number.NaN;
      const expected = 1e6 / best / ((bounds[0]?.best ?? Number.NaN) * threads);
      expect(contestants[0]?.ofBound).toMatchObject({ kind: 'int8' });
      expect((contestants[0]?.ofBound?.best ?? 0) / expected).toBeCloseTo(1, 6);
    }
  });

  it('refuses to go on if the first contestant is wrong: all others refer to it', async () => {
    let disposed = false;
    const dispose = () => {
      disposed = true;
    };
    const first = contestant('octavo', 0.1, { verify: () => '1 of 4 values wrong', dispose });
    await expect(runCase(caseOf(first, contestant('peer', 0.1)), { context, peaks, limits })).rejects.toMatchObject({
      code: 'ERR_NATIVE',
      message: 'a case: octavo is wrong: 1 of 4 values wrong',
    });
    expect(disposed).toBe(true);
  });
});
