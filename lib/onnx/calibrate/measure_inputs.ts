// Second moments of the inputs of products, over any number of samples: what GPTQ and AWQ ask of calibration data.
import { type AsyncOptions, signalOf } from '../../abort_signal';
import { GramMatrix } from '../../weights';
import { onnxError, withContext } from '../errors';
import {
  type Executor,
  type ExecutorOptions,
  type FeedSource,
  floatsOf,
  groupTensors,
  openExecutor,
  type PassProgress,
  runPasses,
} from '../execute';
import type { Model, TensorValue } from '../model';

export interface MeasureInputsOptions extends AsyncOptions {
  /** Tensors [.., channels], by name. */
  readonly tensors: readonly string[];
  readonly onProgress?: ((progress: PassProgress) => void) | undefined;
  readonly executor?: Pick<ExecutorOptions, 'kind' | 'threads'> | undefined;
}

export interface InputMoments {
  /** By the tensor's name, one row for each index of all axes but the last; tensors without values have none. */
  readonly grams: ReadonlyMap<string, GramMatrix>;
  /** Samples that were run. */
  readonly samples: number;
}

function take(grams: Map<string, GramMatrix>, name: string, value: TensorValue): void {
  const [data, channels] = [floatsOf(value), value.dims.at(-1)];
  if (data === undefined || data.length === 0 || channels === undefined) return;
  const gram = grams.get(name) ?? new GramMatrix(channels);
  gram.add({ type: 'float32', dims: [...value.dims], data: data as Float32Array<ArrayBuffer> });
  grams.set(name, gram);
}

/**
 * Runs a model on samples and keeps a Gram matrix of each tensor: 4 c (c + 1) bytes for c channels, however many samples come.
 *
 * @throws ERR_NO_CALIBRATION_DATA without samples; ERR_RANGE, naming tensor and sample, for values that are not finite; ERR_SHAPE
 *   for channels that change; what the executor and the source throw; the signal's reason
 */
export async function measureInputs(
  model: Model,
  source: FeedSource,
  options: MeasureInputsOptions,
): Promise<InputMoments> {
  const signal = signalOf(options);
  const { tensors, onProgress, executor } = options;
  const grams = new Map<string, GramMatrix>();
  if (tensors.length === 0) return { grams, samples: 0 };
  const samples = await runPasses<readonly string[], Executor>(source, {
    plan: (feeds) => groupTensors(model, [...tensors], feeds).map((group) => [group]),
    open: (outputs) => openExecutor(model, { ...executor, outputs }),
    async use(runner, { feeds, first }) {
      const values = await runner.run(feeds, { signal }).catch((error: unknown) => {
        throw withContext(`sample ${first}`, error);
      });
      for (const name of runner.outputs)
        try {
          take(grams, name, values[name]!);
        } catch (error) {
          throw withContext(`tensor '${name}', sample ${first}`, error);
        }
    },
    onProgress,
    signal,
  });
  if (samples === 0) throw onnxError('ERR_NO_CALIBRATION_DATA', 'the source of calibration data gave no samples');
  return { grams, samples };
}
