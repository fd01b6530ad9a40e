// Groups: many tensors, samples that count as a whole, sources of every kind.
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ObserverGroup, type ObserverGroupOptions, type Sample, Tensor } from '../../lib';
import { expectCode, expectRejection } from '../reference/expectations';
import { Random } from '../reference/random';

const options: ObserverGroupOptions = {
  method: 'mse',
  scheme: { type: 'int8', symmetric: true, granularity: 'tensor' },
  bins: 64,
  tensors: { b: { method: 'minmax', scheme: { type: 'uint8', symmetric: false, granularity: { axis: 1 } } } },
};
const random = new Random(7);
const sample = (rows = 2) => ({
  a: Tensor.from(random.float32(5 * rows, 2), [rows, 5]),
  b: Tensor.from(random.float32(3 * rows, 4), [rows, 3]),
});
const samples = Array.from({ length: 12 }, (_, i) => sample(1 + (i % 3)));
const whole = samples.reduce((group, one) => group.observe(one), new ObserverGroup(options)).toJSON();
const nan = Tensor.from(Float32Array.of(1, Number.NaN));

describe('ObserverGroup', () => {
  it('observes each tensor by its own options', () => {
    const group = ObserverGroup.fromJSON(JSON.parse(JSON.stringify(whole)));
    expect([...group.observers].map(([name, { method }]) => [name, method])).toEqual([
      ['a', 'mse'],
      ['b', 'minmax'],
    ]);
    expect(group.samples).toBe(12);
    const params = group.params();
    expect(params.get('a')).toMatchObject({ type: 'int8' });
    expect(params.get('b')?.scale.length).toBe(3);
    expect(group.toJSON()).toEqual(whole);
  });

  it('finds the same from sources of every kind, and in parallel', async () => {
    async function* later() {
      for (const one of samples) yield new Map(Object.entries(one));
    }
    const kinds = [samples, samples.values(), later(), () => samples, () => later()];
    for (const source of kinds) expect((await new ObserverGroup(options).run(source)).toJSON()).toEqual(whole);
    const parallel = new ObserverGroup(options);
    await Promise.all(samples.map((one) => parallel.observeAsync(one)));
    expect(parallel.toJSON()).toEqual(whole);
    const [left, right] = [new ObserverGroup(options), new ObserverGroup(options)];
    await left.run(samples.slice(0, 5));
    await right.run(samples.slice(5));
    expect(left.merge(right).toJSON()).toEqual(whole);
  });

  it('takes large tensors off the event loop, with the same result', async () => {
    const large = { a: Tensor.from(random.float32(2 ** 16)) };
    const expected = new ObserverGroup(options).observe(large).toJSON();
    expect((await new ObserverGroup(options).run([large])).toJSON()).toEqual(expected);
  });

  it('tells its progress, and gives the event loop its turns', async () => {
    const seen: number[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const group = await new ObserverGroup(options).run(
      (function* () {
        for (const end = performance.now() + 100; performance.now() < end; ) yield samples[0]!;
      })(),
      { onProgress: ({ samples: done, total }) => void seen.push(total === undefined ? done : -1) },
    );
    clearInterval(timer);
    expect(seen).toEqual(Array.from({ length: group.samples }, (_, i) => i + 1));
    expect(turns).toBeGreaterThan(2);
    await group.run([sample()], { onProgress: (progress) => expect(progress).toEqual({ samples: 1, total: 1 }) });
  });

  it('ends at once when it is aborted, closes the source, and keeps no listener', async () => {
    const controller = new AbortController();
    let closed = false;
    async function* endless() {
      try {
        while (true) yield sample();
      } finally {
        closed = true;
      }
    }
    const group = new ObserverGroup(options);
    const run = group.run(endless(), {
      signal: controller.signal,
      onProgress: ({ samples: done }) => done === 3 && controller.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
    expect({ closed, samples: group.samples }).toEqual({ closed: true, samples: 3 });
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    const second = new AbortController();
    setTimeout(() => second.abort(new Error('too slow')), 5);
    await expect(group.run(silent, second)).rejects.toThrow('too slow');
    expect(getEventListeners(second.signal, 'abort')).toEqual([]);
    await expect(group.run([sample()], second)).rejects.toThrow('too slow');
  });
});

describe('ObserverGroup of bad data', () => {
  const wide = Tensor.from(new Float32Array(8), [2, 4]);
  const bad: [string, Sample, 'ERR_RANGE' | 'ERR_SHAPE', RegExp][] = [
    ['NaN', { a: nan }, 'ERR_RANGE', /tensor "a" of sample 2 is NaN at \[1\]/],
    [
      'another number of channels',
      { ...sample(), b: wide },
      'ERR_SHAPE',
      /tensor "b" of sample 2 has 4 channels, .* 3/,
    ],
    ['too few dimensions', { b: nan }, 'ERR_SHAPE', /tensor "b" of sample 2 \[2\]/],
    ['nothing', {}, 'ERR_SHAPE', /sample 2 has no tensors/],
  ];

  it.each(bad)('names tensor and sample for %s, and counts nothing of it', async (_, one, code, message) => {
    const source = [samples[0]!, samples[1]!, one, samples[2]!];
    const group = new ObserverGroup(options);
    const codes = code === 'ERR_SHAPE' ? (['ERR_SHAPE', 'ERR_RANGE'] as const) : code;
    await expectRejection(group.run(source), codes, message);
    expect(group.toJSON()).toEqual(new ObserverGroup(options).observe(samples[0]!).observe(samples[1]!).toJSON());
    expectCode(() => group.observe(one), codes);
    await expectRejection(group.observeAsync(one), codes);
    expect(group.samples).toBe(2);
  });

  it('leaves it out and counts it where the policy says so', async () => {
    const group = new ObserverGroup({ ...options, policy: 'ignore' });
    await group.run([samples[0]!, ...bad.map(([, one]) => one), samples[1]!]);
    expect(group).toMatchObject({ samples: 6, skipped: 2 });
    expect(group.observers.get('a')).toMatchObject({ nanCount: 1 });
    expect((await new ObserverGroup({ ...options, policy: 'ignore' }).run([])).samples).toBe(0);
  });

  it('says that a source gave nothing', async () => {
    await expectRejection(new ObserverGroup(options).run([]), 'ERR_RANGE', /no samples/);
    expectCode(() => new ObserverGroup(options).params(), 'ERR_RANGE', /nothing was observed/);
  });

  it.each([
    ['no source', undefined],
    ['a number', 5],
    ['samples that are numbers', [5]],
    ['samples that are tensors', [nan]],
    ['tensors that are arrays', [{ a: [1, 2] }]],
    ['pairs that are none', [['a']]],
  ])('never ignores %s', async (_, source) => {
    const group = new ObserverGroup({ ...options, policy: 'ignore' });
    await expectRejection(group.run(source as never), 'ERR_DTYPE');
    expect(group.observers.size).toBe(0);
  });

  it('refuses to merge what does not fit, and then is what it was', () => {
    const group = new ObserverGroup(options).observe(samples[0]!);
    const before = group.toJSON();
    expectCode(
      () => group.merge(new ObserverGroup(options).observe({ a: samples[1]!.a, b: wide })),
      'ERR_SHAPE',
      /"b"/,
    );
    expectCode(() => group.merge({} as never), 'ERR_DTYPE');
    expect(group.toJSON()).toEqual(before);
  });

  it.each([
    ['another format', { ...whole, format: 'octavo.observer' }, 'ERR_DTYPE'],
    ['another version', { ...whole, version: 2 }, 'ERR_UNSUPPORTED'],
    ['no observers', { ...whole, observers: undefined }, 'ERR_DTYPE'],
    ['two of one name', { ...whole, observers: [whole.observers[0], whole.observers[0]] }, 'ERR_DTYPE'],
    ['a broken observer', { ...whole, observers: [{ name: 'a', observer: {} }] }, 'ERR_DTYPE'],
    ['options that are none', { ...whole, options: { tensors: { a: 5 } } }, ['ERR_DTYPE', 'ERR_RANGE']],
  ] as const)('refuses JSON of %s', (_, json, code) => {
    expectCode(() => ObserverGroup.fromJSON(json as never), code as never);
  });
});
