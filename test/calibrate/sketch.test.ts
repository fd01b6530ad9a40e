// What sketches say, against integers of any size.
import { describe, expect, it } from 'vitest';
import { rebin, Sketch, type SketchChannel, Tensor } from '../../lib';
import { exactSketch } from '../reference/exact_sketch';
import { expectCode, expectRejection } from '../reference/expectations';
import { Random } from '../reference/random';
import { sketchValues } from './sketch_values';

const only = (sketch: Sketch): SketchChannel => {
  expect(sketch.channels.length).toBe(1);
  return sketch.channels[0]!;
};
const tensor = (values: Float32Array, dims?: readonly number[]) => Tensor.from(values, dims ?? [values.length]);

describe('a sketch', () => {
  it('is exact for data of every kind', () => {
    const random = new Random(51);
    for (let round = 0; round < 1000; round++) {
      const values = sketchValues(random, random.integer(0, random.pick([3, 40, 300])));
      const bins = 2 ** random.integer(1, 8);
      expect(only(new Sketch({ bins }).observe(tensor(values)))).toEqual(exactSketch(values, bins));
    }
  });

  it('is exact for data longer than a block, in default bins', () => {
    const random = new Random(52);
    for (const length of [8191, 33_000, 70_001]) {
      const values = sketchValues(random, length);
      expect(only(new Sketch().observe(tensor(values)))).toEqual(exactSketch(values, 4096));
    }
  });

  it('per channel is that of each channel alone, along any axis', () => {
    const random = new Random(53);
    for (const [dims, axis] of [
      [[3, 4, 5], 0],
      [[3, 4, 5], 1],
      [[3, 4, 5], -1],
      [[40, 20], 1],
      [[2, 3, 1500], 1],
    ] as const) {
      const values = sketchValues(
        random,
        dims.reduce((product, dim) => product * dim, 1),
      );
      const sketch = new Sketch({ bins: 32, axis }).observe(tensor(values, dims));
      const at = axis < 0 ? axis + dims.length : axis;
      const inner = dims.slice(at + 1).reduce((product, dim) => product * dim, 1);
      expect(sketch.channels.length).toBe(dims[at]);
      sketch.channels.forEach((channel, c) => {
        const own = values.filter((_, i) => Math.floor(i / inner) % dims[at]! === c);
        expect(channel).toEqual(exactSketch(own, 32));
      });
    }
  });

  it.each([
    [[2, 12], 1, 4],
    [[2, 13], -1, 4],
    [[5, 3], 0, 2],
    [[2, 7, 20], 1, 3],
    [[40, 64], 1, 32],
    [[3, 4], 1, 100],
  ] as const)('per block is that of each block alone: %s, axis %i, blocks of %i', (dims, axis, block) => {
    const random = new Random(54);
    const length = dims.reduce((product, dim) => product * dim, 1);
    const batches = [sketchValues(random, length), sketchValues(random, length)];
    const sketch = new Sketch({ bins: 16, axis, block });
    for (const values of batches) sketch.observe(tensor(values, dims));
    const at = axis < 0 ? axis + dims.length : axis;
    const inner = dims.slice(at + 1).reduce((product, dim) => product * dim, 1);
    const blocks = Math.ceil(dims[at]! / block);
    const channelOf = (i: number) => {
      const [outer, along] = [Math.floor(i / inner / dims[at]!), Math.floor(i / inner) % dims[at]!];
      return (outer * blocks + Math.floor(along / block)) * inner + (i % inner);
    };
    expect(sketch.channels.length).toBe((length / dims[at]!) * blocks);
    sketch.channels.forEach((channel, c) => {
      const own = batches.flatMap((values) => [...values.filter((_, i) => channelOf(i) === c)]);
      expect(channel).toEqual(exactSketch(own, 16));
    });
  });

  it('off the event loop is the same, and takes what x was when it was called', async () => {
    const values = sketchValues(new Random(55), 300_000);
    const expected = only(new Sketch().observe(tensor(values)).observe(tensor(values)));
    const sketch = new Sketch();
    const x = values.slice();
    const calls = [sketch.observeAsync(tensor(x)), sketch.observeAsync(tensor(x))];
    x.fill(0);
    expect(await Promise.all(calls)).toEqual([sketch, sketch]);
    expect(only(sketch)).toEqual(expected);
  });

  it('does not count what was aborted', async () => {
    const sketch = new Sketch();
    const controller = new AbortController();
    const call = sketch.observeAsync(tensor(new Float32Array(1000)), controller);
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await expect(sketch.observeAsync(tensor(new Float32Array(10)), controller)).rejects.toThrow('enough');
    expect(only(sketch).count).toBe(0n);
  });

  it('has snapshots, which later data leave as they are', () => {
    const sketch = new Sketch({ bins: 4 }).observe(tensor(Float32Array.of(1)));
    const [before, copy] = [only(sketch), sketch.clone()];
    before.counts.fill(9n);
    sketch.observe(tensor(Float32Array.of(-5)));
    expect(before).toMatchObject({ count: 1n, min: 1, exponent: 1 });
    expect(only(sketch).counts).toEqual(BigUint64Array.of(1n, 0n, 1n, 0n));
    expect(only(copy)).toMatchObject({ count: 1n, sum: 1 });
  });

  it('knows its channels from the first data on, even from none', () => {
    const sketch = new Sketch({ axis: 1, bins: 2 });
    expect(sketch.channels).toEqual([]);
    expect(sketch.observe(tensor(new Float32Array(0), [0, 3])).channels).toEqual(
      [0, 1, 2].map(() => exactSketch([], 2)),
    );
  });
});

describe('a sketch refuses', () => {
  const x = tensor(new Float32Array(6), [2, 3]);

  it.each([
    ['bins that are no power of two', { bins: 100 }, 'ERR_RANGE'],
    ['one bin', { bins: 1 }, 'ERR_RANGE'],
    ['too many bins', { bins: 2 ** 17 }, 'ERR_RANGE'],
    ['bins that are no number', { bins: '8' }, 'ERR_DTYPE'],
    ['a fractional axis', { axis: 0.5 }, 'ERR_RANGE'],
    ['a block without an axis', { block: 4 }, 'ERR_DTYPE'],
    ['an empty block', { axis: 0, block: 0 }, 'ERR_RANGE'],
    ['options that are none', 3, 'ERR_DTYPE'],
  ] as const)('%s', (_, options, code) => {
    expectCode(() => new Sketch(options as never), code);
  });

  it('data that it cannot take, and stays as it was', async () => {
    const sketch = new Sketch({ axis: 1, bins: 8 }).observe(x);
    const before = sketch.toJSON();
    for (const [bad, code] of [
      [tensor(new Float32Array(8), [2, 4]), 'ERR_SHAPE'],
      [tensor(new Float32Array(6)), 'ERR_RANGE'],
      [Tensor.from(new Int8Array(6), [2, 3]), 'ERR_DTYPE'],
      [{ type: 'float32', dims: [2, 3], data: new Float32Array(5) }, 'ERR_SHAPE'],
      [{ type: 'float32', dims: [2, 3], data: new Float32Array(new SharedArrayBuffer(24)) }, 'ERR_DTYPE'],
      [undefined, 'ERR_DTYPE'],
    ] as const) {
      expectCode(() => sketch.observe(bad as never), code);
      await expectRejection(sketch.observeAsync(bad as never), code);
    }
    expect(sketch.toJSON()).toEqual(before);
    const blocks = new Sketch({ axis: 1, block: 2, bins: 8 }).observe(x);
    expectCode(() => blocks.observe(tensor(new Float32Array(9), [3, 3])), 'ERR_SHAPE', /6 channels do not fit the 4/);
    expectCode(() => blocks.observe(tensor(new Float32Array(0), [0, 3])), 'ERR_SHAPE', /no blocks/);
    const wide = tensor(new Float32Array(0), [0, 2 ** 45]);
    expectCode(() => new Sketch({ axis: 1 }).observe(wide), 'ERR_RANGE', /bytes/);
    await expectRejection(new Sketch({ axis: 1 }).observeAsync(wide), 'ERR_RANGE', /bytes/);
  });

  it('sketches of another form', () => {
    const sketch = new Sketch({ axis: 1, bins: 8 }).observe(x);
    expectCode(() => sketch.merge(new Sketch({ axis: 1, bins: 16 })), 'ERR_SHAPE');
    expectCode(() => sketch.merge(new Sketch({ bins: 8 })), 'ERR_SHAPE');
    expectCode(() => sketch.merge(new Sketch({ axis: 1, bins: 8, block: 1 })), 'ERR_SHAPE');
    expectCode(
      () => sketch.merge(new Sketch({ axis: 1, bins: 8 }).observe(tensor(new Float32Array(2), [1, 2]))),
      'ERR_SHAPE',
      /2 channels/,
    );
    expectCode(() => sketch.merge(sketch.toJSON() as never), 'ERR_DTYPE');
    expect(sketch.merge(new Sketch({ axis: 1, bins: 8 })).channels.length).toBe(3);
  });

  it('more than 2^64 - 1 values', () => {
    const json = new Sketch({ bins: 2 }).observe(tensor(Float32Array.of(0))).toJSON();
    const [channel] = json.channels;
    const count = String(2n ** 64n - 1n);
    const full = Sketch.fromJSON({ ...json, channels: [{ ...channel!, count, counts: [[1, count]] }] });
    expectCode(() => full.clone().merge(Sketch.fromJSON(json)), 'ERR_RANGE', /2\^64/);
    expectCode(() => full.observe(tensor(Float32Array.of(0))), 'ERR_RANGE', /2\^64/);
    expect(only(full).count).toBe(2n ** 64n - 1n);
  });
});

describe('rebin', () => {
  it('gives the counts of a wider range', () => {
    const random = new Random(56);
    for (let round = 0; round < 300; round++) {
      const values = sketchValues(random, 30);
      const finite = values.filter(Number.isFinite);
      const channel = only(new Sketch({ bins: 16 }).observe(tensor(finite)));
      const exponent = random.integer(channel.exponent ?? -148, 128);
      const wide = exactSketch([...finite, 2 ** (exponent - 1)], 16).counts.slice();
      wide[8 + 4]!--; // the value that makes the range
      expect(rebin(channel, exponent)).toEqual(wide);
    }
  });

  it('refuses a narrower range, and what is none', () => {
    const channel = only(new Sketch({ bins: 4 }).observe(tensor(Float32Array.of(3))));
    for (const exponent of [1, 129, 2.5]) expectCode(() => rebin(channel, exponent), 'ERR_RANGE');
    expectCode(() => rebin({ ...channel, counts: new BigUint64Array(3) }, 5), 'ERR_RANGE');
    expectCode(() => rebin({} as never, 5), 'ERR_DTYPE');
  });
});
