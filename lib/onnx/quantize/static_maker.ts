// Static quantization: what is done to the float model for accuracy, calibration, and the quantizer itself.
import type { Sketch } from '../../calibrate';
import { checkSketches, observeModel } from '../calibrate';
import type { QuantizedModel } from '../decisions';
import { onnxError } from '../errors';
import type { FeedSource } from '../execute';
import type { Model } from '../model';
import type { PreparedModel } from '../prepare';
import { quantizeStatic, type StaticOptions, tensorsToCalibrate } from '../static';
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
  readonly changes: readonly string[];
  samples = 0;
  readonly #context: StaticContext;

  constructor(prepared: Model, context: StaticContext, changes: readonly string[]) {
    this.prepared = prepared;
    this.#context = context;
    this.changes = changes;
  }

  async quantize(excluded: ReadonlySet<string>): Promise<QuantizedModel> {
    const options = staticOptions(this.#context, excluded);
    await this.#calibrate(tensorsToCalibrate(this.prepared, options));
    this.#context.watch.report('quantize', 0);
    return quantizeStatic(this.prepared, this.sketches, options);
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
export function staticMaker(prepared: PreparedModel, context: StaticContext): Maker {
  if (context.source === undefined && context.options.dataFree !== true)
    throw onnxError('ERR_NO_CALIBRATION_DATA', 'static quantization needs samples to calibrate on');
  return new StaticMaker(prepared.model, context, prepared.changes);
}
