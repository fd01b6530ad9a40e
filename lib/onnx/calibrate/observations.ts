// What calibration has seen of a model's tensors.
import type { AsyncOptions } from '../../abort_signal';
import { type BadDataPolicy, Sketch } from '../../calibrate';
import { badValueError } from '../../calibrate/bad_data';
import { WHOLE } from '../../calibrate/layout';
import { checkObserved, scan, scanAsync } from '../../calibrate/scan';
import type { TensorLike } from '../../tensor';
import { onnxError } from '../errors';
import { floatsOf } from '../execute';
import type { GraphIndex, TensorValue } from '../model';

/**
 * From here on tensors are observed off the event loop, for which they are copied. Smaller ones take up to 3 ms, which is
 * less than the run that they come out of.
 */
const ASYNC_BYTES = 2 ** 24;

export interface ObservationOptions {
  readonly policy: BadDataPolicy;
  readonly bins: number | undefined;
  /** Axes of tensors that are observed per channel too. */
  readonly channels: ReadonlyMap<string, number>;
  /** Sketches to begin with; they are not changed. */
  readonly sketches: ReadonlyMap<string, Sketch>;
}

/** Bounds need no histogram. */
const FEWEST_BINS = 2;

type Floats = TensorLike<'float32'> & { readonly data: Float32Array };

export class Observations {
  readonly sketches = new Map<string, Sketch>();
  /** One channel for each index along the axis that was asked for. */
  readonly channels = new Map<string, Sketch>();
  readonly #options: ObservationOptions;
  readonly #index: GraphIndex;

  constructor(index: GraphIndex, options: ObservationOptions) {
    this.#index = index;
    this.#options = options;
  }

  /**
   * Takes a tensor of a sample into its statistics; nothing of it if it has no values or is no floating-point tensor.
   * @param first the number of the first sample in it, of `samples`
   * @throws ERR_RANGE for a NaN or an infinity, unless the policy ignores those; the signal's reason
   */
  async observe(name: string, value: TensorValue, place: { first: number; samples: number }, options: AsyncOptions) {
    const data = floatsOf(value);
    if (data === undefined || data.length === 0) return;
    const x: Floats = { type: 'float32', dims: value.dims, data };
    const large = data.byteLength >= ASYNC_BYTES;
    if (this.#options.policy === 'error') await this.#check(name, x, place, large ? options : undefined);
    for (const sketch of this.#sketchesOf(name))
      if (large) await sketch.observeAsync(x, options);
      else sketch.observe(x);
  }

  #sketchesOf(name: string): Sketch[] {
    const { bins, channels, sketches } = this.#options;
    const whole = this.sketches.get(name) ?? sketches.get(name)?.clone() ?? new Sketch({ bins });
    this.sketches.set(name, whole);
    const axis = channels.get(name);
    if (axis === undefined) return [whole];
    const perChannel = this.channels.get(name) ?? new Sketch({ bins: FEWEST_BINS, axis });
    this.channels.set(name, perChannel);
    return [whole, perChannel];
  }

  async #check(
    tensor: string,
    x: Floats,
    { first, samples }: { first: number; samples: number },
    asynchronously: AsyncOptions | undefined,
  ): Promise<void> {
    const observed = checkObserved('x', x, () => WHOLE, undefined);
    const { counts } = asynchronously === undefined ? scan(observed) : await scanAsync(observed, asynchronously);
    if (counts[0] === 0 && counts[1] === 0) return;
    const at = x.data.findIndex((value) => !Number.isFinite(value));
    const sample = first + Math.floor(at / (x.data.length / samples));
    const producer = this.#index.producer(tensor);
    const label = `tensor '${tensor}'${producer === undefined ? '' : ` of ${producer.label}`} of sample ${sample}`;
    throw onnxError('ERR_RANGE', badValueError(label, x.data, x.dims).message, {
      node: producer?.name || producer?.label,
      tensor,
      sample,
      hint: "Take the sample out, or count and leave out such values with the policy 'ignore'.",
    });
  }
}
