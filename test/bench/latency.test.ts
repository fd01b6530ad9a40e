import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { watchEventLoop } from '../../bench/event_loop_delay';
import { measureLoad, runLatency } from '../../bench/latency';

describe('measureLoad', () => {
  it('keeps as many calls in flight as it is told, and times each from call to result', async () => {
    let now = 0;
    let most = 0;
    const call = async () => {
      now += 1;
      most = Math.max(most, now);
      await pause(5);
      now -= 1;
    };
    const { latency, callsPerSecond, inFlight } = await measureLoad({ name: 'x', call }, 7, 0.1);
    expect(inFlight).toBe(7);
    expect(most).toBe(7);
    expect(now).toBe(0);
    expect(latency.p50).toBeGreaterThanOrEqual(0.004);
    expect(latency.count).toBeGreaterThanOrEqual(7);
    expect(callsPerSecond).toBeLessThanOrEqual(7 / 0.004);
  });

  it('passes on what a call throws', async () => {
    const call = async () => {
      throw new Error('no');
    };
    await expect(measureLoad({ name: 'x', call }, 2, 0.1)).rejects.toThrow('no');
  });
});

describe('watchEventLoop', () => {
  it('sees a loop that is blocked, also to the very end', async () => {
    const stop = watchEventLoop();
    await pause(20);
    const end = performance.now() + 50;
    while (performance.now() < end);
    const { max, count } = stop();
    expect(max).toBeGreaterThan(0.03);
    expect(count).toBeGreaterThan(1);
  });
});

it('loads a layer with and without a peer', async () => {
  const one = { suite: 'linear', name: 'async', shape: { m: 1, n: 16, k: 8 }, heavy: false } as const;
  const report = await runLatency(one, { threads: 2, seconds: 0.02, inFlight: [1, 3], onnxruntime: undefined });
  expect(report.points.map(({ contestant, inFlight }) => `${contestant} ${inFlight}`)).toEqual([
    'octavo 1',
    'octavo 3',
  ]);
  for (const { latency } of report.points) expect(latency.p99).toBeGreaterThanOrEqual(latency.p50);
  expect(report.idleDelay.count).toBeGreaterThan(0);
});
