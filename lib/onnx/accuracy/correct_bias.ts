// Bias correction: what rounding weights and clipping activations shifts on average, the biases take back. The empirical form
// of M. Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019.
import { type AsyncOptions, signalOf } from '../../abort_signal';
import { type ExecutorOptions, type FeedSource, floatsOf, openExecutor } from '../execute';
import { GraphIndex, type Model, type TensorValue } from '../model';
import { type BiasPlace, biasPlaces, shiftBiases } from './bias_places';

export interface CorrectBiasOptions extends AsyncOptions {
  /** Quantizes a prepared model as it is going to be quantized in the end. */
  readonly quantize: (model: Model) => Model | Promise<Model>;
  /** How many groups the layers are corrected in, from the input on: later ones see earlier ones corrected. Default 8. */
  readonly rounds?: number | undefined;
  /** Items of the source that are run; default 64. */
  readonly limit?: number | undefined;
  readonly executor?: Pick<ExecutorOptions, 'kind' | 'threads'> | undefined;
}

export interface CorrectedModel {
  /** The prepared model with other biases: to be quantized as the first one was. */
  readonly model: Model;
  /** What was changed, one sentence each. */
  readonly changes: readonly string[];
}

const DEFAULT_ROUNDS = 8;
const DEFAULT_LIMIT = 64;

/** Sums of each channel. */
class ChannelMeans {
  readonly sums: Float64Array;
  #count = 0;

  constructor(channels: number) {
    this.sums = new Float64Array(channels);
  }

  add({ dims, data }: { dims: readonly number[]; data: Float32Array }, axis: number): void {
    const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
    const channels = this.sums.length;
    for (let i = 0; i < data.length; i += inner) {
      const channel = Math.floor(i / inner) % channels;
      let sum = 0;
      for (let k = i; k < i + inner; k++) sum += data[k] as number;
      this.sums[channel] = (this.sums[channel] as number) + sum;
    }
    this.#count += data.length / channels;
  }

  get means(): Float64Array {
    return this.sums.map((sum) => (this.#count === 0 ? 0 : sum / this.#count));
  }
}

/** The tensor of a quantized model that stands for one of the float model: the same, its rows, or what its integers stand for. */
function counterpart(index: GraphIndex, name: string): string | undefined {
  return [name, `${name}_rows`, `${name}_dequantized`].find((one) => index.producer(one) !== undefined);
}

/** Means of the channels of some tensors over the samples, by the places' tensors. */
async function meansOf(
  model: Model,
  samples: FeedSource,
  places: readonly (BiasPlace & { readonly read: string })[],
  options: CorrectBiasOptions,
): Promise<Float64Array[]> {
  const signal = signalOf(options);
  const means = places.map(({ channels }) => new ChannelMeans(channels));
  const outputs = places.map(({ read }) => read);
  const executor = await openExecutor(model, { ...options.executor, outputs, optimization: 'disabled' });
  let left = options.limit ?? DEFAULT_LIMIT;
  try {
    for await (const feeds of typeof samples === 'function' ? samples() : samples) {
      if (left-- <= 0) break;
      const values = await executor.run(feeds, { signal });
      places.forEach(({ read, axisOf }, i) => {
        const { dims } = values[read] as TensorValue;
        const data = floatsOf(values[read] as TensorValue);
        if (data !== undefined) means[i]?.add({ dims, data }, axisOf(dims.length));
      });
    }
  } finally {
    await executor.dispose();
  }
  return means.map((one) => one.means);
}

/** Layers in as many groups of neighbours as asked for. */
function groupsOf<T>(items: readonly T[], count: number): T[][] {
  const size = Math.max(1, Math.ceil(items.length / count));
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/**
 * A copy of a prepared model whose biases make up for the mean error of each channel that quantization causes on the
 * samples: E[float output] − E[quantized output] is added, group by group from the input on. Layers without a bias get one,
 * but for MatMul without Add.
 * @param samples are iterated twice for each round
 * @throws what running the models or `quantize` throws; the signal's reason
 */
export async function correctBias(
  model: Model,
  samples: FeedSource,
  options: CorrectBiasOptions,
): Promise<CorrectedModel> {
  const changes: string[] = [];
  let corrected = model;
  const all = biasPlaces(model);
  for (const group of groupsOf(all, options.rounds ?? DEFAULT_ROUNDS)) {
    const quantized = await options.quantize(corrected);
    const index = new GraphIndex(quantized.graph);
    const places = group.flatMap((place) => {
      const read = counterpart(index, place.tensor);
      return read === undefined ? [] : { ...place, read };
    });
    if (places.length === 0) continue;
    const wanted = await meansOf(
      model,
      samples,
      places.map((place) => ({ ...place, read: place.tensor })),
      options,
    );
    const found = await meansOf(quantized, samples, places, options);
    const shifts = wanted.map((means, i) => means.map((mean, c) => mean - ((found[i] as Float64Array)[c] as number)));
    corrected = shiftBiases(corrected, places, shifts);
    changes.push(...places.map(({ node }) => `bias of '${node}' corrected`));
  }
  return { model: corrected, changes };
}
