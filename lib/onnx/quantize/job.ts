// A quantization: what is settled before it, and what came of it.
import { isOctavoError } from '../../errors';
import type { QuantizedModel } from '../decisions';
import { openExecutor } from '../execute';
import type { Feeds, Model } from '../model';
import type { PreparedModel } from '../prepare';
import type { QuantizeMode, SensitivityRow } from '../report';
import { installedTarget, type Target } from '../targets';
import { validateModel } from '../validate';
import { checkQuantizeOptions } from './check_options';
import { chooseMode } from './choose_mode';
import { type Environment, environmentOf } from './environment';
import type { Judgement } from './judge';
import type { Maker } from './maker';
import { prepareSource } from './prepare_source';
import { type Watch, watchOf } from './progress_event';
import type { QuantizeOptions } from './quantize_options';
import { firstSamples, randomSamples, type SampleData, sampleDataOf } from './sample_data';
import { readSource, type SourceModel } from './source_model';

/** Everything that is settled before anything is quantized. */
export interface Job {
  readonly input: SourceModel;
  readonly mode: QuantizeMode;
  readonly target: Target;
  readonly options: QuantizeOptions;
  readonly prepared: PreparedModel;
  /** The model that results are compared with: as it was read, or with the normalization folded in. */
  readonly float: Model;
  readonly data: SampleData | undefined;
  /** The first samples, real or random, in the float model's types. */
  readonly samples: readonly Feeds[];
  /** Why nothing can be run in onnxruntime here; undefined where it can. */
  readonly notRun: string | undefined;
  readonly environment: Environment;
  readonly watch: Watch;
}

/** What came of a job before it is looked at closely. */
export interface Made {
  readonly quantized: QuantizedModel;
  readonly maker: Maker;
  readonly judgement: Judgement;
  /** Names of the layers that the budget left in float. */
  readonly excluded: readonly string[];
  /** Empty where everything held at once. */
  readonly sensitivity: readonly SensitivityRow[];
}

type Trial = Pick<Job, 'samples' | 'notRun'>;

/**
 * Random feeds for a model of which nobody gave samples. One with operators that only its owner's runtime knows is quantized
 * all the same, and nothing of it is measured.
 */
async function tryRandom(float: Model, options: QuantizeOptions): Promise<Trial> {
  const { signal, threads } = options;
  try {
    const samples = await firstSamples(await randomSamples(float.graph.inputs), 1);
    const executor = await openExecutor(float, { threads });
    for (const feeds of samples) await executor.run(feeds, { signal }).finally(() => executor.dispose());
    return { samples, notRun: undefined };
  } catch (error) {
    signal?.throwIfAborted();
    if (!isOctavoError(error)) throw error;
    return { samples: [], notRun: `the float model does not run here on random data (${error.message})` };
  }
}

async function samplesFor(float: Model, data: SampleData | undefined, options: QuantizeOptions): Promise<Trial> {
  if (data === undefined) return tryRandom(float, options);
  return { samples: await firstSamples(data.source), notRun: undefined };
}

/** Reads and prepares. Throws as quantize does. */
export async function begin(source: string | URL | Uint8Array, given: QuantizeOptions | undefined): Promise<Job> {
  const options = checkQuantizeOptions(given);
  const watch = watchOf(options);
  watch.report('read', 0);
  const input = readSource(source);
  validateModel(input.model);
  const target = options.target ?? installedTarget();
  const mode = chooseMode(input.model, options);
  watch.report('prepare', 0);
  const prepared = prepareSource(input.model, mode, target, options);
  const float = options.normalize === undefined ? input.model : prepared.model;
  const data = await sampleDataOf(float.graph.inputs, options);
  const environment = await environmentOf();
  const { samples, notRun: fault } = await samplesFor(float, data, options);
  const notRun = environment.onnxruntime === undefined ? 'onnxruntime-node is not installed' : fault;
  return { input, mode, target, options, prepared, float, data, samples, notRun, environment, watch };
}
