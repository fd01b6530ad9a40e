// How near the int8 layers come to what this CPU can do at all: the largest layer against register-only instructions.
import { addon } from '../addon';
import { runtime } from '../runtime';
import { summarizeTimes } from '../statistics';
import { Tensor } from '../tensor';
import type { Dataset } from './dataset';
import { featuresOf } from './evaluate';
import type { DenseLayer, Model } from './load_model';
import { MIN_ROUNDS, timeByTurns, timeCall } from './measure_latency';
import { quantizeLayer } from './networks';
import type { Watch } from './watch';

/** One thread's speed in one layer, quantization of its float32 input included, in 10^9 operations a second. */
export interface PeakShare {
  readonly layer: string;
  /** Rows, inputs, outputs. */
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly layerGops: { readonly best: number; readonly median: number };
  readonly peakGops: { readonly best: number; readonly median: number };
  /** Best against best, 0 to 1. */
  readonly share: number;
}

const PEAK_MILLISECONDS = 2;

function largestLayer(model: Model): DenseLayer {
  return model.layers.reduce((largest, layer) => (layer.weight.size > largest.weight.size ? layer : largest));
}

/** Features where they fit the layer; activations of a hidden layer have no better stand-in than random ones. */
function inputFor(model: Model, layer: DenseLayer, dataset: Dataset, rows: number): Tensor<'float32'> {
  const [, k = 0] = layer.weight.dims;
  if (layer === model.layers[0]) return featuresOf(dataset, 0, rows);
  return new Tensor(
    'float32',
    Float32Array.from({ length: rows * k }, (_, i) => ((i * 7919) % 251) / 251),
    [rows, k],
  );
}

/** Measures with one thread, whatever runtime.threads says (it is set back), since the peak is that of one thread. */
export async function measurePeakShare(
  model: Model,
  dataset: Dataset,
  options: Watch & { rows: number; milliseconds: number },
): Promise<PeakShare> {
  const layer = largestLayer(model);
  const [n = 0, k = 0] = layer.weight.dims;
  const m = Math.min(options.rows, dataset.count);
  const quantized = quantizeLayer(layer, { isLast: layer === model.layers.at(-1) });
  const input = inputFor(model, layer, dataset, m);
  const out = new Float32Array(m * n);
  const calls = [
    () => timeCall(() => quantized.forward(input, { out })),
    () => 1e6 / addon.measurePeak('int8', PEAK_MILLISECONDS),
  ] as const;
  const threads = runtime.threads;
  runtime.threads = 1;
  try {
    const [times, peaks] = await timeByTurns(
      calls,
      { milliseconds: options.milliseconds, minRounds: MIN_ROUNDS },
      options,
    );
    // Microseconds of a pass to 10^9 operations a second; a peak sample is microseconds of one operation.
    const toGops = (operations: number, samples: number[]) => {
      const { best, median } = summarizeTimes(samples);
      return { best: operations / best / 1000, median: operations / median / 1000 };
    };
    const layerGops = toGops(2 * m * k * n, times);
    const peakGops = toGops(1, peaks);
    return { layer: layer.name, m, k, n, layerGops, peakGops, share: layerGops.best / peakGops.best };
  } finally {
    runtime.threads = threads;
    quantized.dispose();
  }
}
