// Long asynchronous calls leave the event loop alone; synchronous ones do not.
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  matmulFloat32,
  matmulFloat32Async,
  matmulInt8,
  matmulInt8Async,
  packWeights,
  QuantizedLinear,
  quantize,
  quantizeAsync,
  runtime,
  Tensor,
} from '../../lib';

const LONG = 60; // milliseconds

interface Counted {
  turns: number;
  ticks: number;
}

/** Turns of the event loop, and ticks of a timer, while `call` is in progress. */
async function count(call: () => unknown): Promise<Counted> {
  let [turns, ticks, running] = [0, 0, true];
  const timer = setInterval(() => {
    ticks++;
  }, 1);
  const turning = (async () => {
    while (running) {
      await nextTurn();
      turns++;
    }
  })();
  await nextTurn();
  [turns, ticks] = [0, 0];
  await call();
  const counted = { turns, ticks };
  running = false;
  clearInterval(timer);
  await turning;
  return counted;
}

/** The most of several attempts: on a busy machine this thread itself may have to wait for a core during one. */
async function most(call: () => unknown): Promise<Counted> {
  const best = { turns: 0, ticks: 0 };
  for (let attempt = 0; attempt < 10 && (best.turns <= 50 || best.ticks <= 3); attempt++) {
    const { turns, ticks } = await count(call);
    best.turns = Math.max(best.turns, turns);
    best.ticks = Math.max(best.ticks, ticks);
  }
  return best;
}

function time(call: () => unknown): number {
  const begin = performance.now();
  call();
  return performance.now() - begin;
}

describe('the event loop', () => {
  const before = runtime.threads;
  beforeAll(() => {
    runtime.threads = 1; // a call gets one thread, and that is not the event loop's
  });
  afterAll(() => {
    runtime.threads = before;
  });

  const b = packWeights(Tensor.zeros('int8', [4096, 1024]));
  const right = Tensor.zeros('float32', [1024, 512]);
  const layer = QuantizedLinear.from({ weight: Tensor.zeros('float32', [1024, 4096]) });
  const params = {
    type: 'int8',
    scale: Float32Array.of(1),
    zeroPoint: Int32Array.of(0),
    granularity: 'tensor',
  } as const;
  const CALLS: Record<
    string,
    { start: number; make: (size: number) => { now: () => unknown; later: () => Promise<unknown> } }
  > = {
    matmulInt8: {
      start: 16,
      make: (m) => {
        const a = Tensor.zeros('uint8', [m, 4096]);
        return { now: () => matmulInt8(a, b), later: () => matmulInt8Async(a, b) };
      },
    },
    matmulFloat32: {
      start: 16,
      make: (m) => {
        const a = Tensor.zeros('float32', [m, 1024]);
        return { now: () => matmulFloat32(a, right), later: () => matmulFloat32Async(a, right) };
      },
    },
    'QuantizedLinear.forward': {
      start: 16,
      make: (m) => {
        const x = Tensor.zeros('float32', [m, 4096]);
        return { now: () => layer.forward(x), later: () => layer.forwardAsync(x) };
      },
    },
    quantize: {
      start: 2 ** 20,
      make: (length) => {
        const x = Tensor.zeros('float32', [length]);
        return { now: () => quantize(x, params), later: () => quantizeAsync(x, params) };
      },
    },
  };

  it.each(Object.keys(CALLS))(
    'turns during a long %sAsync, and stands still during the synchronous call',
    async (name) => {
      const { start, make } = CALLS[name]!;
      for (let size = start; ; size *= 2) {
        const { now, later } = make(size);
        if (Math.min(time(now), time(now), time(now)) < LONG) continue;
        expect(await count(now)).toEqual({ turns: 0, ticks: 0 });
        const { turns, ticks } = await most(later);
        expect(turns).toBeGreaterThan(50);
        expect(ticks).toBeGreaterThan(3);
        break;
      }
    },
  );
});

it('gives the event loop a turn every few calls, however many start another one when they end', async () => {
  const a = Tensor.zeros('uint8', [1, 16]);
  const b = packWeights(Tensor.zeros('int8', [16, 16]));
  let [ended, between, mostBetween] = [0, 0, 0];
  const client = async () => {
    while (ended < 400) {
      await matmulInt8Async(a, b);
      ended++;
      mostBetween = Math.max(mostBetween, ++between);
      const end = performance.now() + 0.2; // meanwhile more calls end than this one
      while (performance.now() < end);
    }
  };
  const clients = Promise.all(Array.from({ length: 32 }, client));
  while (ended < 400) {
    await nextTurn();
    between = 0;
  }
  await clients;
  expect(mostBetween).toBeLessThanOrEqual(32);
});
