// Static quantization: what is done to the float model for accuracy, calibration, and the quantizer itself.
import type { Sketch } from '../../calibrate';
import { correctBias, learnRounding } from '../accuracy';
import { checkSketches, observeModel } from '../calibrate';
import type { QuantizedModel } from '../decisions';
import { onnxError } from '../errors';
import type { FeedSource } from '../execute';
import type { Model } from '../model';
import type { PreparedModel } from '../prepare';
import { quantizeStatic, type RoundWeights, type StaticOptions, tensorsToCalibrate } from '../static';
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
  const { overrides, activations, symmetric, method, perChannel, reduceRange, io, format } = options;
  const weights = { perChannel, reduceRange };
  const exclude = excludeOf(options, excluded);
  return { target, exclude, overrides, activations, symmetric, method, weights, io, format };
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

  constructor({ model, changes }: Pick<PreparedModel, 'model' | 'changes'>, context: StaticContext) {
    this.prepared = model;
    this.changes = [...changes];
    this.#context = context;
    this.#model = model;
  }

  async quantize(excluded: ReadonlySet<string>): Promise<QuantizedModel> {
    await this.#calibrate(tensorsToCalibrate(this.#model, this.#optionsFor(excluded)));
    this.#context.watch.report('quantize', 0);
    return this.#quantized(this.#model, excluded);
  }

  /** Learned rounding and corrected biases, where they are asked for: both need a first quantized model. */
  async improve(): Promise<void> {
    const { source, options, watch } = this.#context;
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
    return { ...staticOptions(this.#context, excluded), roundWeights: this.#roundWeights };
  }

  #quantized(model: Model, excluded: ReadonlySet<string>): QuantizedModel {
    return quantizeStatic(model, this.sketches, this.#optionsFor(excluded));
  }

  /** Sketches the tensors that have none yet: leaving layers out can bring other tensors up. */
  async #calibrate(tensors: readonly string[]): Promise<void> {
    const missing = tensors.filter((name) => !this.sketches.has(name));
    const { source, options, watch } = this.#context;
    if (missing.length === 0 || source === undefined) return;
    const { policy, threads } = options;
    const onProgress = ({ samples, total }: { samples: number; total?: number | undefined }) =>
      watch.report('calibrate', samples, total);
    const seen = await observeModel(this.prepared, source, {
      ...{ tensors: missing, policy, onProgress },
      signal: watch.signal,
      executor: { threads },
    });
    this.samples = seen.samples;
    for (const [name, sketch] of seen.sketches) this.sketches.set(name, sketch);
    checkSketches(this.sketches, tensors);
  }
}

/** Prepares for static quantization. Throws ERR_NO_CALIBRATION_DATA without samples, unless the options do without. */
export async function staticMaker(prepared: PreparedModel, context: StaticContext): Promise<Maker> {
  if (context.source === undefined && context.options.dataFree !== true)
    throw onnxError('ERR_NO_CALIBRATION_DATA', 'static quantization needs samples to calibrate on');
  const maker = new StaticMaker(prepared, context);
  await maker.improve();
  return maker;
}
