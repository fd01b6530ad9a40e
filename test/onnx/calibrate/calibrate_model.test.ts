import { describe, expect, it } from 'vitest';
import { Sketch } from '../../../lib/calibrate';
import { type Feeds, Graph } from '../../../lib/onnx';
import { calibrateModel, channelMaxima, checkSketches, observeModel } from '../../../lib/onnx/calibrate';
import { floats, info, layerModel, modelOf, node } from '../execute/tiny_models';

/** a = |x|, n = -a: what comes out depends on no order of sums. */
const elementwise = () =>
  modelOf(
    new Graph({
      inputs: [info('x', 'float32', ['N', 2])],
      outputs: [info('n', 'float32', ['N', 2])],
      nodes: [node('Abs', ['x'], 'a'), node('Neg', ['a'], 'n')],
    }),
  );

const SAMPLES: readonly Feeds[] = [
  { x: floats([1, 2], 1, -2) },
  { x: floats([1, 2], 3, 0.5) },
  { x: floats([2, 2], -4, 5, 0.25, 1) },
];
const tensors = ['n', 'x', 'a'];

const sketchOf = (...values: number[]) => new Sketch().observe(floats([values.length], ...values));
const bytesOf = (sketches: ReadonlyMap<string, Sketch>) => Array.from(sketches, ([name, one]) => [name, one.toBytes()]);

describe.each(['onnxruntime', 'reference'] as const)('in %s', (kind) => {
  it('sketches inputs and what nodes write, in the order of the graph', async () => {
    const sketches = await calibrateModel(elementwise(), SAMPLES, { tensors, executor: { kind } });
    expect(bytesOf(sketches)).toEqual(
      bytesOf(
        new Map([
          ['x', sketchOf(1, -2, 3, 0.5, -4, 5, 0.25, 1)],
          ['a', sketchOf(1, 2, 3, 0.5, 4, 5, 0.25, 1)],
          ['n', sketchOf(-1, -2, -3, -0.5, -4, -5, -0.25, -1)],
        ]),
      ),
    );
  });

  it('names node, tensor and sample of a value that is not finite', async () => {
    const samples = [SAMPLES[0]!, { x: floats([1, 2], 1, Number.NEGATIVE_INFINITY) }];
    await expect(
      calibrateModel(elementwise(), samples, { tensors: ['n', 'a'], executor: { kind } }),
    ).rejects.toMatchObject({
      code: 'ERR_RANGE',
      node: 'a_node',
      tensor: 'a',
      sample: 1,
      message: "tensor 'a' of Abs 'a_node' of sample 1 is Infinity at [0, 1], expected finite values",
    });
  });
});

it('needs several passes where memory is short, and answers the same', async () => {
  const whole = await calibrateModel(elementwise(), SAMPLES, { tensors });
  let drawn = 0;
  const source = function* () {
    for (const sample of SAMPLES) {
      drawn++;
      yield sample;
    }
  };
  const passes: string[] = [];
  const options = {
    tensors,
    maxRunBytes: 16,
    onProgress: ({ samples, pass, passes: all }: { samples: number; pass: number; passes: number }) =>
      void passes.push(`${samples} ${pass}/${all}`),
  };
  expect(bytesOf(await calibrateModel(elementwise(), source, options))).toEqual(bytesOf(whole));
  expect(drawn).toBe(6);
  expect(passes).toEqual(['1 1/2', '2 1/2', '3 1/2', '1 2/2', '2 2/2', '3 2/2']);
  // A generator that has begun gives its samples once.
  expect(bytesOf(await calibrateModel(elementwise(), source(), options))).toEqual(bytesOf(whole));
  expect(drawn).toBe(9);
});

it('adds to sketches of earlier samples', async () => {
  const whole = await calibrateModel(elementwise(), SAMPLES, { tensors });
  const first = await calibrateModel(elementwise(), SAMPLES.slice(0, 1), { tensors });
  const before = bytesOf(first);
  const both = await calibrateModel(elementwise(), SAMPLES.slice(1), { tensors, sketches: first });
  expect(bytesOf(both)).toEqual(bytesOf(whole));
  expect(bytesOf(first)).toEqual(before);
});

it('finds the bounds of channels', async () => {
  const { channels, samples } = await observeModel(layerModel(), [{ x: floats([2, 2], 1, -2, 3, 0) }], {
    tensors: ['h', 'x'],
    channels: new Map([['x', -1]]),
  });
  expect(channelMaxima(channels.get('x')!)).toEqual(Float32Array.of(3, 2));
  expect([...channels.keys()]).toEqual(['x']);
  expect(samples).toBe(1);
});

it('takes floating-point tensors of every width, and no others', async () => {
  const model = modelOf(
    new Graph({
      inputs: [info('h', 'float16', [2]), info('d', 'float64', [1]), info('i', 'int64', [1])],
      nodes: [node('Neg', ['h'], 'y')],
      outputs: [info('y', 'float16', [2])],
    }),
  );
  const feeds: Feeds = {
    h: { type: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0xc000) },
    d: { type: 'float64', dims: [1], data: Float64Array.of(0.1) },
    i: { type: 'int64', dims: [1], data: BigInt64Array.of(5n) },
  };
  const sketches = await calibrateModel(model, [feeds], { tensors: ['y', 'h', 'd', 'i'] });
  expect(bytesOf(sketches)).toEqual(
    bytesOf(
      new Map([
        ['h', sketchOf(1, -2)],
        ['d', sketchOf(0.1)],
        ['y', sketchOf(-1, 2)],
      ]),
    ),
  );
});

it('counts what is not finite when it is told to ignore that', async () => {
  const samples = [{ x: floats([1, 2], Number.NaN, 3) }];
  const sketches = await calibrateModel(elementwise(), samples, { tensors: ['a'], policy: 'ignore' });
  expect(sketches.get('a')!.channels[0]).toMatchObject({ count: 2n, nanCount: 1n, max: 3 });
});

it('refuses a source without samples, and feeds that do not fit', async () => {
  await expect(calibrateModel(elementwise(), [], { tensors })).rejects.toMatchObject({
    code: 'ERR_NO_CALIBRATION_DATA',
    hint: "Every sample is an object of tensors: { 'x' }.",
  });
  const samples = [SAMPLES[0]!, { x: floats([3], 1, 2, 3) }];
  await expect(calibrateModel(elementwise(), samples, { tensors })).rejects.toMatchObject({
    code: 'ERR_SHAPE',
    message: "sample 1: input 'x': expected float32 [N, 2], got float32 [3]",
  });
});

it('stops the source when the signal is aborted', async () => {
  const controller = new AbortController();
  let stopped = false;
  const source = async function* () {
    try {
      for (;;) yield SAMPLES[0]!;
    } finally {
      stopped = true;
    }
  };
  const onProgress = ({ samples }: { samples: number }) => {
    if (samples === 3) controller.abort(new Error('enough'));
  };
  const { signal } = controller;
  await expect(calibrateModel(elementwise(), source, { tensors, signal, onProgress })).rejects.toThrow('enough');
  await new Promise(setImmediate);
  expect(stopped).toBe(true);
});

it('says which tensors have no data', () => {
  const sketches = new Map([
    ['x', sketchOf(1)],
    ['empty', new Sketch()],
  ]);
  checkSketches(sketches, ['x']);
  expect(() => checkSketches(sketches, ['x', 'empty', 'y'])).toThrow(
    expect.objectContaining({
      code: 'ERR_NO_CALIBRATION_DATA',
      tensor: 'empty',
      message: "no calibration data for tensor 'empty' and 1 more",
    }),
  );
});

it('takes in tensors that are large enough to be observed off the event loop', async () => {
  const data = new Float32Array(2 ** 22 + 2).fill(-0.5);
  data[2 ** 21] = 7;
  const sample: Feeds = { x: { type: 'float32', dims: [2 ** 21 + 1, 2], data } };
  const sketches = await calibrateModel(elementwise(), [sample], { tensors: ['a'] });
  expect(sketches.get('a')!.toBytes()).toEqual(
    new Sketch().observe({ type: 'float32', dims: [data.length], data: data.map(Math.abs) }).toBytes(),
  );
  data[5] = Number.NaN;
  await expect(calibrateModel(elementwise(), [sample], { tensors: ['a'] })).rejects.toThrow(/is NaN at \[2, 1\]/);
});
