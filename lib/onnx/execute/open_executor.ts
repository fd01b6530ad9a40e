// The one place that decides what runs a model.
import { checkInteger, checkOneOf, checkOptions } from '../../validate';
import type { Model } from '../model';
import { type Engine, EngineExecutor } from './engine_executor';
import type { Executor, ExecutorOptions } from './executor';
import { openOnnxruntime } from './onnxruntime_engine';
import { onnxruntimeVersion } from './onnxruntime_module';
import { notCarried } from './ort_tensors';
import { openReference } from './reference_engine';
import { selectOutputs } from './select_outputs';

const KINDS = ['auto', 'onnxruntime', 'reference'] as const;

function checked(options: ExecutorOptions | undefined): ExecutorOptions {
  const given = checkOptions('options', options);
  checkOneOf('options.kind', given.kind ?? 'auto', KINDS);
  checkOneOf('options.optimization', given.optimization ?? 'all', ['all', 'disabled']);
  if (given.threads !== undefined) checkInteger('options.threads', given.threads, 1, 1024);
  return given;
}

async function openEngine(model: Model, options: ExecutorOptions): Promise<Engine> {
  const { kind = 'auto' } = options;
  const usable = async () => notCarried(model) === undefined && (await onnxruntimeVersion()) !== undefined;
  const reference = kind === 'reference' || (kind === 'auto' && !(await usable()));
  return reference ? openReference(model) : openOnnxruntime(model, options);
}

const NOTHING: Omit<Engine, 'kind'> = {
  compute: async () => ({}),
  bind: () => async () => undefined,
  release: async () => undefined,
};

/**
 * Makes a model ready to run; the model stays as it is. Who opens disposes.
 * @throws ERR_UNSUPPORTED if onnxruntime is asked for, but absent or too old (the hint says what to install), or if the
 *   interpreter has to run an operator that it does not know; ERR_NATIVE for a model that onnxruntime refuses; ERR_RANGE
 *   for outputs that the model has not, and for options that are none
 */
export async function openExecutor(model: Model, options?: ExecutorOptions): Promise<Executor> {
  const given = checked(options);
  const outputs = given.outputs ?? model.graph.outputs.map(({ name }) => name);
  const selected = selectOutputs(model, outputs);
  const engine =
    selected.computed.length === 0
      ? { ...NOTHING, kind: given.kind === 'onnxruntime' ? given.kind : ('reference' as const) }
      : await openEngine(selected.model, given);
  return new EngineExecutor(engine, model, outputs, selected);
}
