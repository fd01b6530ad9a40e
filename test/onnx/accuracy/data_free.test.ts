// Ranges and corrections that need no samples, held against samples.
import { describe, expect, it } from 'vitest';
import { correctBiasDataFree, dataFreeRanges, equalize } from '../../../lib/onnx/accuracy';
import type { LayerDecision } from '../../../lib/onnx/decisions';
import type { Feeds, Model, ModelTensor } from '../../../lib/onnx/model';
import { prepare } from '../../../lib/onnx/prepare';
import { Random } from '../../../lib/statistics';
import { floats, ints, type MicroGraph, microModel, node, noisy, runModel, value } from '../micro_graph';

const picture = [value('x', ['N', 3, 12, 12])];

/** Normal values: what a normalization is trained on. */
function normalFeeds(dims: readonly number[], seed: number): Feeds {
  const random = new Random(seed);
  const size = dims.reduce((product, dim) => product * dim, 1);
  return { x: { type: 'float32', dims, data: Float32Array.from({ length: size }, () => random.normal()) } };
}

const FEEDS = normalFeeds([8, 3, 12, 12], 5);

/** Mean and variance of each channel of a tensor, over the feeds. */
async function channelsOf(model: Model, name: string): Promise<{ mean: ModelTensor; variance: ModelTensor }> {
  const copy = model.clone();
  copy.graph.outputs = [value(name)];
  const { data, dims } = (await runModel(copy, FEEDS))[name]!;
  const channels = dims[1] as number;
  const inner = dims.slice(2).reduce((product, dim) => product * dim, 1);
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
  (data as Float32Array).forEach((one, i) => {
    const c = Math.floor(i / inner) % channels;
    sums[c] = sums[c]! + one;
    squares[c] = squares[c]! + one * one;
  });
  const count = data.length / channels;
  const mean = sums.map((sum) => sum / count);
  return {
    mean: floats([channels], mean),
    variance: floats(
      [channels],
      squares.map((sum, c) => sum / count - mean[c]! ** 2),
    ),
  };
}

/** Conv, BatchNormalization, Relu, twice, whose normalizations know their inputs, as training leaves them. */
async function trainedModel(): Promise<Model> {
  const constants: Record<string, ModelTensor> = {
    w: noisy([6, 3, 3, 3]),
    g: floats([6], [0.2, 1, 3, 0.5, 2, 1.5]),
    h: noisy([6], 3),
    v: noisy([4, 6, 3, 3], 4),
    k: floats([4], [1, 0.3, 2, 1]),
    l: noisy([4], 5),
  };
  const first = microModel({ nodes: [node('Conv x,w -> c')], inputs: picture, constants });
  const a = await channelsOf(first, 'c');
  const nodes = [
    node('Conv x,w -> c'),
    node('BatchNormalization c,g,h,m,s -> n'),
    node('Relu n -> r'),
    node('Conv r,v -> d'),
  ];
  const more = { ...constants, m: a.mean, s: a.variance };
  const b = await channelsOf(microModel({ nodes, inputs: picture, constants: more }), 'd');
  const all = { ...more, q: b.mean, t: b.variance };
  return microModel({
    nodes: [...nodes, node('BatchNormalization d,k,l,q,t -> e'), node('Relu e -> f'), node('GlobalAveragePool f -> y')],
    inputs: picture,
    constants: all,
  });
}

/** The range of a tensor over the feeds, and that without samples. */
async function rangesOf(model: Model, name: string, ranges: ReadonlyMap<string, { min: number; max: number }>) {
  const copy = model.clone();
  copy.graph.outputs = [value(name)];
  const data = (await runModel(copy, FEEDS))[name]!.data as Float32Array;
  const seen = data.reduce((range, one) => ({ min: Math.min(range.min, one), max: Math.max(range.max, one) }), {
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  });
  return { seen, found: ranges.get(name)! };
}

/** A range is of use if it covers all but little of what is seen, and is not much wider. */
function expectUseful({ seen, found }: Awaited<ReturnType<typeof rangesOf>>): void {
  const width = seen.max - seen.min;
  expect(found.min).toBeLessThan(seen.min + 0.1 * width);
  expect(found.max).toBeGreaterThan(seen.max - 0.1 * width);
  expect(found.max - found.min).toBeLessThan(5 * width);
}

const inputs = { x: { min: -3, max: 3 } };

describe('ranges of a network with normalizations', () => {
  it('fit what flows, where normalizations were', async () => {
    const { model, statistics } = prepare(await trainedModel());
    const ranges = dataFreeRanges(model, { statistics });
    for (const name of ['n', 'r', 'e', 'f']) expectUseful(await rangesOf(model, name, ranges));
    expect(ranges.get('r')!.min).toBe(0);
    expect(ranges.has('x')).toBe(false);
  });

  it('fit after equalization', async () => {
    const prepared = prepare(await trainedModel());
    const { model, statistics } = equalize(prepared.model, prepared);
    const ranges = dataFreeRanges(model, { statistics, inputs });
    for (const name of ['n_equalized', 'r_equalized', 'f']) expectUseful(await rangesOf(model, name, ranges));
  });
});

const rows = [value('x', [8, 3, 12, 12])];
const b = noisy([6], 2);
const CASES: Readonly<Record<string, MicroGraph>> = {
  'Conv, Clip': {
    nodes: [node('Conv x,w,b -> c'), node('Clip c,low,high -> y')],
    inputs: rows,
    constants: { w: noisy([6, 3, 3, 3]), b, low: floats([], [0]), high: floats([], [2]) },
  },
  'Conv, LeakyRelu, MaxPool, ConvTranspose': {
    nodes: [
      node('Conv x,w,b -> c'),
      node('LeakyRelu c -> l'),
      node('MaxPool l -> m', { kernel_shape: [2, 2] }),
      node('ConvTranspose m,v -> y', { strides: [2, 2] }),
    ],
    inputs: rows,
    constants: { w: noisy([6, 3, 3, 3]), b, v: noisy([6, 4, 2, 2], 4) },
  },
  'two branches, Add, HardSwish': {
    nodes: [node('Conv x,w -> c'), node('Conv x,v,b -> d'), node('Add c,d -> a'), node('HardSwish a -> y')],
    inputs: rows,
    constants: { w: noisy([6, 3, 3, 3]), v: noisy([6, 3, 3, 3], 7), b },
  },
  'Concat of branches, Sigmoid, Mul': {
    nodes: [
      node('Conv x,w -> c'),
      node('Sigmoid c -> s'),
      node('Concat s,x -> k', { axis: 1 }),
      node('Mul k,g -> m'),
      node('Sub m,h -> y'),
    ],
    inputs: rows,
    constants: { w: noisy([6, 3, 1, 1]), g: noisy([9, 1, 1], 2), h: floats([], [0.5]) },
  },
  'Flatten, Gemm, Softplus': {
    nodes: [
      node('Conv x,w,b -> c'),
      node('Relu c -> r'),
      node('Flatten r -> f'),
      node('Gemm f,v -> g'),
      node('Softplus g -> y'),
    ],
    inputs: rows,
    constants: { w: noisy([6, 3, 3, 3]), b, v: noisy([600, 5], 4) },
  },
  'Reshape, MatMul, LayerNormalization, Gelu': {
    nodes: [
      node('Reshape x,s -> r'),
      node('MatMul r,w -> m'),
      node('LayerNormalization m,g,h -> n'),
      node('Gelu n -> y'),
    ],
    inputs: rows,
    constants: { s: ints([-1, 12]), w: noisy([12, 6]), g: floats([6], [1, 2, 0.5, 1, 1, 3]), h: b },
    opset: 20,
  },
};

it.each(Object.entries(CASES))('ranges of %s fit what flows', async (_, graph) => {
  const model = microModel(graph);
  const ranges = dataFreeRanges(model, { inputs, deviations: 5 });
  for (const one of model.graph.nodes) expectUseful(await rangesOf(model, one.outputs[0]!, ranges));
});

it('corrects biases for what rounding shifts', async () => {
  const { model, statistics } = prepare(await trainedModel());
  const step = 0.4;
  const coarse = (one: Model): Model => {
    const copy = one.clone();
    for (const name of ['w', 'v']) {
      const weight = one.graph.initializers.get(name) as ModelTensor;
      copy.graph.initializers.set(
        name,
        floats(
          weight.dims,
          weight.floats().map((x) => Math.round(x / step) * step),
        ),
      );
    }
    return copy;
  };
  const params = { type: 'int8', scale: Float32Array.of(step), zeroPoint: Int32Array.of(0) } as const;
  const decisions = ['w', 'v'].map(
    (name): LayerDecision => ({ node: name, opType: 'Conv', form: 'int8', tensors: { [name]: params } }),
  );
  const corrected = correctBiasDataFree(model, decisions, { statistics, inputs });
  const shiftOf = async (one: Model): Promise<number> => {
    const [a, c] = [(await channelsOf(model, 'e')).mean.floats(), (await channelsOf(one, 'e')).mean.floats()];
    return a.reduce((sum, mean, i) => sum + (mean - c[i]!) ** 2, 0);
  };
  expect(await shiftOf(coarse(corrected))).toBeLessThan((await shiftOf(coarse(model))) / 4);
});
