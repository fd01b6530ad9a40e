// Static quantization: what is done to the float model for accuracy, calibration, and the quantizer itself.
import type { Sketch } from '../../calibrate';
import { isOctavoError } from '../../errors';
import { correctBias, correctBiasDataFree, type DataFreeOptions, dataFreeRanges, learnRounding } from '../accuracy';
import { checkSketches, observeModel } from '../calibrate';
import type { QuantizedModel } from '../decisions';
import { type OnnxError, onnxError } from '../errors';
import type { FeedSource } from '../execute';
import type { Model } from '../model';
import type { PreparedModel } from '../prepare';
import {
  quantizeStatic,
  type RoundWeights,
  type StaticOptions,
  type TensorRanges,
  tensorsToCalibrate,
} from '../static';
import type { Target } from '../targets';
import { excludeOf, type Maker } from './maker';
import type { Watch } from './progress_event';
import type { QuantizeOptions } from './quantize_options';

export interface StaticContext {
  readonly target: Target;
  readonly options: QuantizeOptions;
  /** undefined: without data. */
  readonly source: FeedSource | undefined;
  readonly watch: Watch;
}

function staticOptions({ target, options }: StaticContext, excluded: ReadonlySet<string>): StaticOptions {
  const { overrides, activations, symmetric, method, perChannel, reduceRange, io, format, attention } = options;
  const weights = { perChannel, reduceRange };
  const exclude = excludeOf(options, excluded);
  return { target, exclude, overrides, activations, symmetric, method, weights, io, format, attention };
}

class StaticMaker implements Maker {
  readonly prepared: Model;
  readonly sketches = new Map<string, Sketch>();
  readonly changes: string[];
  samples = 0;
  readonly #context: StaticContext;
  /** The prepared model, perhaps with other biases. */
  #model: Model;
  #roundWeights: RoundWeights | undefined;
  /** What is known without samples. */
  readonly #ranges: TensorRanges | undefined;
  readonly #dataFree: DataFreeOptions;

  constructor({ model, changes, statistics }: PreparedModel, context: StaticContext) {
    this.prepared = model;
    this.changes = [...changes];
    this.#context = context;
    this.#model = model;
    this.#dataFree = { statistics, inputs: inputRanges(model, context.options) };
    this.#ranges = context.options.dataFree ? dataFreeRanges(model, this.#dataFree) : undefined;
  }

  async quantize(excluded: ReadonlySet<string>): Promise<QuantizedModel> {
    await this.#calibrate(tensorsToCalibrate(this.#model, this.#optionsFor(excluded)));
    this.#context.watch.report('quantize', 0);
    return this.#quantized(this.#model, excluded);
  }

  /** Learned rounding and corrected biases, where they are asked for: both need a first quantized model. */
  async improve(): Promise<void> {
    const { source, options, watch } = this.#context;
    if (options.dataFree && options.biasCorrection !== false) {
      const { decisions } = await this.quantize(new Set());
      this.#model = correctBiasDataFree(this.prepared, decisions, this.#dataFree);
      this.changes.push('biases make up for the mean error of rounded weights');
    }
    if (source === undefined || !(options.learnedRounding || options.biasCorrection)) return;
    const { decisions } = await this.quantize(new Set());
    const { signal, report } = watch;
    const executor = { threads: options.threads };
    if (options.learnedRounding) {
      const onProgress = ({ done, total }: { done: number; total: number }) => report('correct', done, total);
      this.#roundWeights = await learnRounding(this.prepared, source, decisions, { signal, executor, onProgress });
      this.changes.push('the rounding of weights is learned');
    }
    if (options.biasCorrection !== true) return;
    report('correct', 0);
    const quantize = (model: Model): Model => this.#quantized(model, new Set()).model;
    const corrected = await correctBias(this.prepared, source, { quantize, signal, executor });
    this.#model = corrected.model;
    this.changes.push(...corrected.changes);
  }

  #optionsFor(excluded: ReadonlySet<string>): StaticOptions {
    return { ...staticOptions(this.#context, excluded), roundWeights: this.#roundWeights, ranges: this.#ranges };
  }

  #quantized(model: Model, excluded: ReadonlySet<string>): QuantizedModel {
    try {
      return quantizeStatic(model, this.sketches, this.#optionsFor(excluded));
    } catch (error) {
      throw this.#context.options.dataFree ? withoutData(error) : error;
    }
  }

  /** Sketches the tensors that have none yet: leaving layers out can bring other tensors up. */
  async #calibrate(tensors: readonly string[]): Promise<void> {
    const missing = tensors.filter((name) => !this.sketches.has(name));
    const { source, options, watch } = this.#context;
    if (missing.length === 0) return;
    if (source === undefined) {
      this.#takeSketches(missing);
      return;
    }
    const { policy, threads, sketches } = options;
    const onProgress = ({ samples, total }: { samples: number; total?: number | undefined }) =>
      watch.report('calibrate', samples, total);
    const seen = await observeModel(this.prepared, source, {
      ...{ tensors: missing, policy, sketches, onProgress },
      signal: watch.signal,
      executor: { threads },
    });
    this.samples = seen.samples;
    for (const [name, sketch] of seen.sketches) this.sketches.set(name, sketch);
    checkSketches(this.sketches, tensors);
  }

  /** Statistics that were taken before stand for the samples that there are not. */
  #takeSketches(tensors: readonly string[]): void {
    const { sketches } = this.#context.options;
    if (sketches === undefined) return;
    checkSketches(sketches, tensors);
    for (const name of tensors) this.sketches.set(name, sketches.get(name)!);
  }
}

/** What helps where a range does not follow from the model alone. */
function withoutData(error: unknown): unknown {
  if (!isOctavoError(error) || error.code !== 'ERR_NO_CALIBRATION_DATA') return error;
  const { tensor } = error as OnnxError;
  return onnxError(error.code, `without samples nothing is known of the range of tensor '${tensor}'`, {
    tensor,
    hint: 'Say what the inputs hold with inputRange (--input-range MIN,MAX), or pass samples (--calib).',
    cause: error,
  });
}

/** What the user says of the floating-point inputs. */
function inputRanges({ graph }: Model, { inputRange }: QuantizeOptions): NonNullable<DataFreeOptions['inputs']> {
  if (inputRange === undefined) return {};
  const floats = graph.inputs.filter(({ type }) => type?.kind === 'tensor' && type.elementType === 'float32');
  return Object.fromEntries(floats.map(({ name }) => [name, inputRange]));
}

/** Prepares for static quantization. Throws ERR_NO_CALIBRATION_DATA without samples, unless the options do without. */
export async function staticMaker(prepared: PreparedModel, context: StaticContext): Promise<Maker> {
  const { sketches, dataFree } = context.options;
  if (context.source === undefined && sketches === undefined && dataFree !== true)
    throw onnxError('ERR_NO_CALIBRATION_DATA', 'static quantization needs samples to calibrate on');
  const maker = new StaticMaker(prepared, context);
  await maker.improve();
  return maker;
}
