// Weights and layers on the same memory in several threads, and what becomes of the memory.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Embedding, Linear, matmulInt8, PackedWeights, packWeights, QuantizedLinear, runtime, Tensor } from '../../lib';
import { addon } from '../../lib/addon';
import { type QuantizeWeightOptions, quantizeWeight } from '../../lib/weights';
import { runScriptToEnd } from '../reference/child_process';
import { expectCode, expectSameBits } from '../reference/expectations';
import { Random } from '../reference/random';

const script = (name: string) => path.join(__dirname, name);
const random = new Random(3);
const weight = Tensor.from(random.float32(37 * 50), [37, 50]);
const bias = random.float32(37);
const x = Tensor.from(random.float32(6 * 50), [6, 50]);
const params = {
  type: 'int8',
  scale: Float32Array.of(0.02),
  zeroPoint: Int32Array.of(3),
  granularity: 'tensor',
} as const;

const layerOf = (options: QuantizeWeightOptions) =>
  QuantizedLinear.from({ weight: quantizeWeight(weight, options).weights, bias }, { activation: 'silu' });
const halves = (type: 'float16' | 'bfloat16') => ({
  type,
  dims: [37, 50],
  data: Uint16Array.from({ length: 37 * 50 }, (_, i) => 0x3000 + 7 * i),
});

interface Answer {
  readonly result?: never;
  readonly code?: string;
  readonly message?: string;
}

let worker: Worker;
beforeAll(() => {
  worker = new Worker(script('shared_worker.mjs'));
});
afterAll(() => worker.terminate());

async function ask(message: object): Promise<Answer> {
  worker.postMessage(message);
  const [answer] = (await once(worker, 'message')) as [Answer];
  return answer;
}

describe('64 MiB of weights', () => {
  it('are there once, whatever number of threads has them, and go with the last one', async () => {
    const report = JSON.parse(await runScriptToEnd(script('share_memory.mjs')));
    const bytes = 8192 * 8192 + 4 * 8192;
    expect(report).toEqual({
      atStart: 0,
      packed: bytes,
      byteLength: bytes,
      rssGrowth: expect.any(Number),
      opened: bytes,
      seenByWorker: bytes,
      equal: true,
      sharerGone: bytes,
      oneLeft: bytes,
      noneLeft: 0,
      packedAgain: bytes,
      collected: 0,
    });
    expect(report.rssGrowth).toBeLessThan(32 * 2 ** 20); // half a copy
  });
});

it('threads that are terminated while they open, use and drop a layer leave nothing of it', async () => {
  expect(await runScriptToEnd(script('terminate_sharing.mjs'))).toBe('18\n');
});

describe('another thread', () => {
  it('multiplies by packed weights', async () => {
    const a = Tensor.from(random.int8(4 * 50), [4, 50]);
    const weights = packWeights(Tensor.from(random.int8(50 * 37), [50, 37]));
    expect(await ask({ action: 'open', token: weights.share() })).toEqual({});
    expectSameBits((await ask({ action: 'multiply', x: { ...a } })).result, matmulInt8(a, weights).data);
  });

  it.each([
    ['a Linear', () => new Linear(weight, bias, { activation: { clip: [-0.5, 1] } })],
    ['a Linear without a bias', () => new Linear(weight)],
    ['a dynamic QuantizedLinear', () => QuantizedLinear.from({ weight, bias })],
    [
      'a static QuantizedLinear',
      () => QuantizedLinear.from({ weight, bias }, { activations: params, output: params, activation: 'relu' }),
    ],
    ['a QuantizedLinear of int4 groups', () => layerOf({ format: 'int4', group: 32, symmetric: false })],
    ['a QuantizedLinear of int8 groups', () => layerOf({ format: 'int8', group: 16 })],
    ['a QuantizedLinear of NF4 codes', () => layerOf({ format: 'nf4', group: 16 })],
    ['a QuantizedLinear of FP4 codes', () => layerOf({ format: 'fp4', group: 16, doubleQuantization: false })],
    ['a QuantizedLinear of float16', () => QuantizedLinear.from({ weight: halves('float16'), bias })],
    ['a QuantizedLinear of bfloat16', () => QuantizedLinear.from({ weight: halves('bfloat16'), bias })],
  ])('runs %s', async (_, make) => {
    const layer = make();
    const expected = layer.forward(x).data;
    expect(await ask({ action: 'open', token: layer.share() })).toEqual({});
    layer.dispose();
    expectSameBits((await ask({ action: 'forward', x: { ...x } })).result, expected);
    expectSameBits((await ask({ action: 'forwardAsync', x: { ...x } })).result, expected);
    expectSameBits((await ask({ action: 'leave', x: { ...x } })).result, expected);
    expect((await ask({ action: 'forward', x: { ...x } })).code).toBe('ERR_DISPOSED');
  });

  it.each(['int4', 'nf4', 'float16'] as const)('looks up rows of an Embedding of %s', async (weights) => {
    const table = Embedding.from(weight, { weights });
    const ids = Int32Array.of(36, 0, 5);
    const expected = table.forward(ids).data;
    expect(await ask({ action: 'open', token: table.share() })).toEqual({});
    table.dispose();
    for (const action of ['forward', 'forwardAsync', 'leave'])
      expectSameBits((await ask({ action, x: ids })).result, expected);
    expect((await ask({ action: 'forward', x: ids })).code).toBe('ERR_DISPOSED');
  });

  it('learns that what it wants to open is gone', async () => {
    const layer = QuantizedLinear.from({ weight });
    const token = layer.share();
    layer.dispose();
    const answer = await ask({ action: 'open', token });
    expect(answer).toEqual({ code: 'ERR_DISPOSED', message: expect.stringMatching(/disposed of/) });
  });
});

describe('an opened object', () => {
  it('is like the one that was shared', () => {
    const layer = QuantizedLinear.from(
      { weight, bias },
      { weights: { type: 'int8', symmetric: false, granularity: 'tensor' }, activations: params, output: params },
    );
    expect(QuantizedLinear.open(layer.share())).toEqual(layer);
    const linear = new Linear(weight, bias, { activation: 'relu' });
    const opened = Linear.open(structuredClone(linear.share()));
    expect(opened).toEqual(linear);
    expectSameBits(opened.weight.data, weight.data);
    expect(opened.weight.dims).toEqual([37, 50]);
    expect(opened.weight).toBe(opened.weight);
    const weights = packWeights(Tensor.zeros('int8', [3, 4]));
    expect(PackedWeights.open(weights.share())).toEqual(weights);
  });

  it('has the token of the first, and keeps the memory alone', () => {
    const before = runtime.weightBytes;
    const weights = packWeights(Tensor.zeros('int8', [64, 64]));
    const token = weights.share();
    expect(weights.share()).toEqual(token);
    const second = PackedWeights.open(token);
    const third = PackedWeights.open(second.share());
    expect(third.share()).toEqual(token);
    expect(runtime.weightBytes - before).toBe(64 * 64 + 4 * 64);
    weights.dispose();
    second.dispose();
    expect(third.byteLength).toBe(64 * 64 + 4 * 64);
    expect(runtime.weightBytes - before).toBe(64 * 64 + 4 * 64);
    third.dispose();
    expect(runtime.weightBytes).toBe(before);
    expectCode(() => PackedWeights.open(token), 'ERR_DISPOSED');
  });
});

describe('tokens', () => {
  const weights = packWeights(Tensor.zeros('int8', [2, 2]));
  const layer = QuantizedLinear.from({ weight });
  const linear = new Linear(weight, bias);

  it('are small, plain, and not alike', () => {
    expect(weights.share()).toEqual({ octavo: 'PackedWeights', id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    const other = packWeights(Tensor.zeros('int8', [2, 2]));
    expect(other.share().id).not.toBe(weights.share().id);
  });

  it('that are forged are refused', () => {
    const { id } = weights.share();
    for (const token of [undefined, null, 7, 2 ** 53, 'x', id, [], {}, { id }, new Map(), () => 0, 1n, Symbol('token')])
      expectCode(() => PackedWeights.open(token as never), 'ERR_DTYPE', /token/);
    for (const wrong of [undefined, null, 0, -1, 2 ** 64, Number.NaN, {}, [id], Buffer.from(id), 1n])
      expectCode(() => PackedWeights.open({ octavo: 'PackedWeights', id: wrong } as never), 'ERR_DTYPE', /token.id/);
    for (const unknown of [
      '',
      '0',
      id.toUpperCase() + id,
      `${id}\0`,
      id.slice(1),
      'f'.repeat(32),
      'x'.repeat(1e6),
      '\ud800',
    ])
      expectCode(() => PackedWeights.open({ octavo: 'PackedWeights', id: unknown }), 'ERR_DISPOSED', /no|this id/);
  });

  it('of another kind are refused, renamed or not', () => {
    expectCode(() => PackedWeights.open(layer.share() as never), 'ERR_DTYPE', /token.octavo/);
    const rename = (octavo: string, { id }: { id: string }) =>
      ({ octavo, id, bias: null, activation: 'none' }) as never;
    expectCode(() => PackedWeights.open(rename('PackedWeights', layer.share())), 'ERR_DTYPE');
    expectCode(() => PackedWeights.open(rename('PackedWeights', linear.share())), 'ERR_DTYPE');
    expectCode(() => QuantizedLinear.open(rename('QuantizedLinear', weights.share())), 'ERR_DTYPE');
    expectCode(() => Linear.open(rename('Linear', weights.share())), 'ERR_DTYPE');
    expectCode(() => Linear.open(rename('Linear', layer.share())), 'ERR_DTYPE');
  });

  it('of another process are unknown', () => {
    const program = `const { PackedWeights } = require(${JSON.stringify(path.join(__dirname, '../../dist/lib'))});
      try { PackedWeights.open(JSON.parse(process.argv[1])); } catch (error) { console.log(error.code); }`;
    const output = execFileSync(process.execPath, ['-e', program, JSON.stringify(weights.share())], {
      encoding: 'utf8',
    });
    expect(output).toBe('ERR_DISPOSED\n');
  });

  it('of a Linear carry a bias and an activation, which are checked', () => {
    const token = linear.share();
    expectCode(() => Linear.open({ ...token, bias: new Float32Array(36) }), 'ERR_SHAPE', /bias/);
    expectCode(() => Linear.open({ ...token, bias: 'bias' as never }), 'ERR_DTYPE', /bias/);
    expectCode(() => Linear.open({ ...token, activation: 'tanh' as never }), 'ERR_RANGE', /activation/);
  });

  it('stay good while those of other, disposed objects are dropped', () => {
    for (let i = 0; i < 3000; i++) {
      const passing = packWeights(Tensor.zeros('int8', [1, 1]));
      passing.share();
      passing.dispose();
    }
    expect(PackedWeights.open(weights.share())).toEqual(weights);
    expect(addon.openShared(layer.share().id)).toBeTypeOf('object');
  });
});
