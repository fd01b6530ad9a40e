import { afterEach, describe, expect, it, vi } from 'vitest';
import { callPlayer, playRounds, type RoundLimits, sampleSize, samplesOf, spreadTurns } from '../../bench/rounds';

const limits: RoundLimits = { budget: 0, minRounds: 4, maxRounds: 10, minSample: 0.002, warmUp: 0.004 };

/** A clock that only moves when a call moves it. */
function fakeClock(): { advance: (milliseconds: number) => void } {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  return {
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}

afterEach(() => vi.restoreAllMocks());

describe('playRounds', () => {
  it('lets players alternate, each starting in turn, there and back, and keeps their samples apart', async () => {
    const log: string[] = [];
    const player = (name: string, value: number) => ({
      sample: () => {
        log.push(name);
        return value;
      },
    });
    const samples = await playRounds([player('a', 1), player('b', 2), player('c', 3)], { ...limits, minRounds: 3 });
    expect(log.join('')).toBe('abcbaccab');
    expect(samples).toEqual([
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
    ]);
  });

  it('lets a player sit out rounds, and keeps its samples beside those of the same rounds', async () => {
    let count = 0;
    const tracks = await playRounds([{ sample: () => 1 }, { sample: () => ++count, every: 3 }], limits);
    expect(tracks).toEqual([
      [1, 1, 1, 1],
      [1, undefined, undefined, 2],
    ]);
    expect(samplesOf(tracks[1] ?? [])).toEqual([1, 2]);
  });

  it('plays at least minRounds without a budget and at most maxRounds with one', async () => {
    const one = { sample: () => 1 };
    expect((await playRounds([one], limits))[0]).toHaveLength(4);
    expect((await playRounds([one], { ...limits, budget: 60 }))[0]).toHaveLength(10);
  });
});

describe('spreadTurns', () => {
  const plenty = { ...limits, budget: 2, maxRounds: 200 };
  it('lets those sit out whose turns are long beside the first one, so that all have about as much time', () => {
    expect(spreadTurns([0.002, 0.002, 0.007], plenty)).toEqual([1, 1, 1]);
    expect(spreadTurns([0.002, 0.002, 0.07], plenty)).toEqual([1, 1, 8]);
  });
  it('lets each play four times, if there is time for as many rounds', () => {
    expect(spreadTurns([0.002, 1], { ...plenty, budget: 0.2 })).toEqual([1, 5]);
    expect(spreadTurns([0.2, 9], plenty)).toEqual([1, 1]);
  });
});

describe('samples', () => {
  it('make enough calls to last minSample, found during a warm-up, and report the time of one call', async () => {
    const clock = fakeClock();
    let calls = 0;
    const run = () => {
      calls += 1;
      clock.advance(0.125);
    };
    expect(await sampleSize({ kind: 'sync', run }, limits)).toEqual({
      calls: 18,
      refresh: 4,
      seconds: expect.closeTo(0.00225, 9),
      refreshSeconds: 0.0005,
    }); // 2 ms and a tenth; 0.5 ms
    expect(calls).toBeGreaterThanOrEqual(32); // 4 ms of warm-up
    calls = 0;
    expect(await callPlayer({ kind: 'sync', run }, { calls: 20, refresh: 3 }).sample()).toBe(0.000125);
    expect(calls).toBe(23); // three to refresh the caches
  });

  it('make one call if one lasts long enough, and stop warming up after it', async () => {
    const clock = fakeClock();
    let calls = 0;
    const run = async () => {
      await Promise.resolve();
      calls += 1;
      clock.advance(50); // counts only if the promise is awaited
    };
    expect(await sampleSize({ kind: 'async', run }, limits)).toEqual({
      calls: 1,
      refresh: 0,
      seconds: 0.05,
      refreshSeconds: 0,
    });
    expect(calls).toBe(1);
    expect(await callPlayer({ kind: 'async', run }, { calls: 2, refresh: 0 }).sample()).toBeCloseTo(0.05, 9);
  });
});
