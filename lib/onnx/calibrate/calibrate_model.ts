// Calibration: runs a model on samples and keeps statistics of its tensors, in memory that does not grow with the samples.
import { type AsyncOptions, signalOf } from '../../abort_signal';
import type { BadDataPolicy, Sketch } from '../../calibrate';
import { checkOneOf } from '../../validate';
import { onnxError, withContext } from '../errors';
import {
  type Executor,
  type ExecutorOptions,
  type FeedSource,
  groupTensors,
  type Item,
  openExecutor,
  type PassProgress,
  runPasses,
  tensorOrder,
} from '../execute';
import { GraphIndex, type Model } from '../model';
import { Observations } from './observations';

export interface CalibrateModelOptions extends AsyncOptions {
  /** Tensors to observe, by name: inputs and what nodes write. Those that are not floating-point get no sketch. */
  readonly tensors: readonly string[];
  /** Tensors whose bounds are wanted per channel as well, with the axis of the channels. */
  readonly channels?: ReadonlyMap<string, number> | undefined;
  /** NaN and infinities: 'error' (default) names the first; 'ignore' counts them and leaves them out. */
  readonly policy?: BadDataPolicy | undefined;
  /** Bins of each histogram: a power of two from 2 to 65,536; default 4,096. */
  readonly bins?: number | undefined;
  /** Sketches of earlier samples, which count too; they are not changed. */
  readonly sketches?: ReadonlyMap<string, Sketch> | undefined;
  readonly onProgress?: ((progress: PassProgress) => void) | undefined;
  /** How the model is run. */
  readonly executor?: Pick<ExecutorOptions, 'kind' | 'threads' | 'optimization'> | undefined;
  /** Bytes that the tensors of one run may take, default 512 MiB: beyond, there are several passes over the samples. */
  readonly maxRunBytes?: number | undefined;
}

export interface ModelObservations {
  /** Statistics of each tensor, in the order of the graph. */
  readonly sketches: Map<string, Sketch>;
  /** Statistics per channel of the tensors for which that was asked: exact bounds and counts, and a histogram of 2 bins. */
  readonly channels: Map<string, Sketch>;
  /** Samples that were run. */
  readonly samples: number;
}

/** The tensors without repetition, in the order of the graph. */
function inOrder(model: Model, tensors: readonly string[]): string[] {
  const order = tensorOrder(model.graph);
  return [...new Set(tensors)].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

async function observeItem(observations: Observations, executor: Executor, item: Item): Promise<void> {
  const { first, signal } = item;
  const values = await executor.run(item.feeds, { signal }).catch((error: unknown) => {
    throw withContext(`sample ${first}`, error);
  });
  for (const name of executor.outputs) await observations.observe(name, values[name]!, item, { signal });
}

/** As calibrateModel, with statistics per channel and the number of samples. */
export async function observeModel(
  model: Model,
  source: FeedSource,
  options: CalibrateModelOptions,
): Promise<ModelObservations> {
  const signal = signalOf(options);
  const { policy = 'error', bins, channels = new Map(), sketches = new Map(), onProgress, maxRunBytes } = options;
  checkOneOf('options.policy', policy, ['error', 'ignore']);
  const tensors = inOrder(model, options.tensors);
  const observations = new Observations(new GraphIndex(model.graph), { policy, bins, channels, sketches });
  const samples = await runPasses<readonly string[], Executor>(source, {
    plan: (feeds) => groupTensors(model, tensors, feeds, maxRunBytes).map((group) => [group]),
    open: (outputs) => openExecutor(model, { ...options.executor, outputs }),
    use: (executor, item) => observeItem(observations, executor, item),
    onProgress,
    signal,
  });
  if (samples === 0)
    throw onnxError('ERR_NO_CALIBRATION_DATA', 'the source of calibration data gave no samples', {
      hint: `Every sample is an object of tensors: { ${model.graph.inputs.map(({ name }) => `'${name}'`).join(', ')} }.`,
    });
  return { sketches: observations.sketches, channels: observations.channels, samples };
}

/**
 * Runs a model on samples and sketches its tensors. The order of the samples, and how they are spread over calls whose
 * sketches are merged, make no difference. Memory does not grow with the number of samples.
 * @param samples feeds, one sample or batch at a time; an array, a generator, a SampleSource
 * @returns a sketch for each floating-point tensor, in the order of the graph
 * @throws ERR_NO_CALIBRATION_DATA for a source without samples; ERR_RANGE for NaN and infinities, with node, tensor and
 *   sample, unless the policy ignores them, and for tensors that the model has not; what openExecutor, its run and the
 *   source throw; the signal's reason
 */
export async function calibrateModel(
  model: Model,
  samples: FeedSource,
  options: CalibrateModelOptions,
): Promise<Map<string, Sketch>> {
  return (await observeModel(model, samples, options)).sketches;
}
