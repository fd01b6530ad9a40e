// Where a quantized model's error comes from, and how fast it is.
import { compareModels, measureSpeed } from '../compare';
import type { Model } from '../model';
import type { SpeedRow, Times } from '../report';
import type { Job } from './job';

/** Samples whose tensors are compared one by one. */
const MOST_COMPARED = 16;

/** SQNR of every tensor that the prepared model and the quantized one have in common, in dB; null where it is exact. */
export async function layerErrors(
  { samples, options, watch }: Job,
  prepared: Model,
  quantized: Model,
): Promise<Map<string, number | null>> {
  const { layers } = await compareModels(prepared, quantized, samples.slice(0, MOST_COMPARED), {
    speed: false,
    executor: { threads: options.threads },
    signal: watch.signal,
    onProgress: ({ samples: done, total }) => watch.report('check', done, total),
  });
  return new Map(layers.map(({ tensor, sqnr }) => [tensor, Number.isFinite(sqnr) ? sqnr : null]));
}

const inSeconds = ({ best, median, samples }: { best: number; median: number; samples: number }): Times => ({
  best: best / 1e6,
  median: median / 1e6,
  runs: samples,
});

/** Times of both models by turns on one thread; undefined where onnxruntime-node is not installed or nobody wants them. */
export async function speedOf(
  { float, samples, options, environment, watch }: Job,
  quantized: Model,
): Promise<SpeedRow | undefined> {
  const [feeds] = samples;
  if (environment.onnxruntime === undefined || options.measure === false || feeds === undefined) return undefined;
  const { a, b, ratio, threads } = await measureSpeed(float, quantized, feeds, { threads: 1, signal: watch.signal });
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
  return { float: inSeconds(a), quantized: inSeconds(b), ratio, threads, inputs, runtime: environment.onnxruntime };
}
