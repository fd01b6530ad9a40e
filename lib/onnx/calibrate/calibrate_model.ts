// Calibration: runs a model on samples and keeps statistics of its tensors, in memory that does not grow with the samples.
import { type AsyncOptions, signalOf } from '../../abort_signal';
import type { BadDataPolicy, CalibrationProgress, Sketch } from '../../calibrate';
import { runSource } from '../../calibrate/run_source';
import { checkOneOf } from '../../validate';
import { onnxError, withContext } from '../errors';
import {
  canRepeat,
  countOf,
  type Executor,
  type ExecutorOptions,
  type FeedSource,
  groupTensors,
  openExecutor,
  samplesIn,
  tensorOrder,
} from '../execute';
import { type Feeds, GraphIndex, type Model } from '../model';
import { Observations } from './observations';

export interface CalibrationPassProgress extends CalibrationProgress {
  /** Which pass over the samples, from 1, and how many there are: more than one if not all tensors fit into memory. */
  readonly pass: number;
  readonly passes: number;
}

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
  readonly onProgress?: ((progress: CalibrationPassProgress) => void) | undefined;
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

/** Runs a model on samples, in one pass or several. */
class Calibration {
  readonly observations: Observations;
  samples = 0;
  readonly #model: Model;
  readonly #source: FeedSource;
  readonly #options: CalibrateModelOptions;
  readonly #tensors: readonly string[];
  /** Groups of tensors by pass; unknown before the first sample tells sizes. */
  #passes: readonly (readonly (readonly string[])[])[] = [[]];

  constructor(model: Model, source: FeedSource, options: CalibrateModelOptions) {
    const { policy = 'error', bins, channels = new Map(), sketches = new Map() } = options;
    checkOneOf('options.policy', policy, ['error', 'ignore']);
    this.#model = model;
    this.#source = source;
    this.#options = options;
    const order = tensorOrder(model.graph);
    this.#tensors = [...new Set(options.tensors)].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
    this.observations = new Observations(new GraphIndex(model.graph), { policy, bins, channels, sketches });
  }

  async run(): Promise<void> {
    for (let pass = 0; pass < this.#passes.length; pass++) {
      const executors: Executor[] = [];
      this.samples = 0;
      try {
        await runSource<Feeds>(this.#source, { signal: this.#options.signal }, async (feeds, _, signal) => {
          if (pass === 0 && this.samples === 0) this.#plan(feeds);
          if (executors.length === 0) await this.#open(this.#passes[pass]!, executors);
          const samples = samplesIn(this.#source, feeds);
          for (const executor of executors) await this.#observe(executor, feeds, samples, signal);
          this.samples += samples;
          const total = countOf(this.#source);
          this.#options.onProgress?.({ samples: this.samples, total, pass: pass + 1, passes: this.#passes.length });
        });
      } finally {
        for (const executor of executors) await executor.dispose();
      }
    }
  }

  /** A source that cannot begin anew has all groups in one pass. */
  #plan(feeds: Feeds): void {
    const groups = groupTensors(this.#model, this.#tensors, feeds, this.#options.maxRunBytes);
    this.#passes = canRepeat(this.#source) ? groups.map((group) => [group]) : [groups];
  }

  async #open(groups: readonly (readonly string[])[], executors: Executor[]): Promise<void> {
    for (const outputs of groups)
      executors.push(await openExecutor(this.#model, { ...this.#options.executor, outputs }));
  }

  async #observe(executor: Executor, feeds: Feeds, samples: number, signal: AbortSignal | undefined): Promise<void> {
    const values = await executor.run(feeds, { signal }).catch((error: unknown) => {
      throw withContext(`sample ${this.samples}`, error);
    });
    for (const name of executor.outputs)
      await this.observations.observe(name, values[name]!, { first: this.samples, samples }, { signal });
  }
}

/** As calibrateModel, with statistics per channel and the number of samples. */
export async function observeModel(
  model: Model,
  samples: FeedSource,
  options: CalibrateModelOptions,
): Promise<ModelObservations> {
  signalOf(options);
  const calibration = new Calibration(model, samples, options);
  await calibration.run();
  if (calibration.samples === 0)
    throw onnxError('ERR_NO_CALIBRATION_DATA', 'the source of calibration data gave no samples', {
      hint: `Every sample is an object of tensors: { ${model.graph.inputs.map(({ name }) => `'${name}'`).join(', ')} }.`,
    });
  const { sketches, channels } = calibration.observations;
  return { sketches, channels, samples: calibration.samples };
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
