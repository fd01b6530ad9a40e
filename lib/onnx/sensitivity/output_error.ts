// The error of a model's outputs against those of the float model, as a score.
import type { AsyncOptions } from '../../abort_signal';
import { makeError } from '../../errors';
import { type ExecutorOptions, type FeedSource, feedQuantizer, floatsOf, openExecutor, runPasses } from '../execute';
import { PairSums } from '../metrics';
import type { Feeds, Model, TensorValue } from '../model';

/** Bytes of the float model's outputs that are kept; of further samples they are computed anew. */
const KEPT_BYTES = 2 ** 26;

type Outputs = Record<string, TensorValue>;
type Executor = Awaited<ReturnType<typeof openExecutor>>;

const bytesOf = (outputs: Outputs): number =>
  Object.values(outputs).reduce((sum, { data }) => sum + (ArrayBuffer.isView(data) ? data.byteLength : 0), 0);

/**
 * Scores models by the signal to quantization noise ratio of their outputs on samples, in dB: that of all floating-point
 * outputs together, each in proportion to its own signal. Infinity without an error.
 */
export class OutputError {
  readonly #float: Model;
  readonly #samples: FeedSource;
  readonly #options: Pick<ExecutorOptions, 'kind' | 'threads'>;
  readonly #kept: Outputs[] = [];
  #bytes = 0;
  #reference: Executor | undefined;

  /** @param samples feeds of the float model, which can be drawn again and again */
  constructor(float: Model, samples: FeedSource, options: Pick<ExecutorOptions, 'kind' | 'threads'> = {}) {
    this.#float = float;
    this.#samples = samples;
    this.#options = options;
  }

  /** The SQNR of a model with the same outputs. Throws what the models and the source throw; the signal's reason. */
  async score(model: Model, { signal }: AsyncOptions = {}): Promise<number> {
    const feedsOf = feedQuantizer(model);
    const sums = new Map<string, PairSums>();
    let item = 0;
    await runPasses<undefined, Executor>(this.#samples, {
      plan: () => [[undefined]],
      open: () => openExecutor(model, this.#options),
      use: async (executor, { feeds }) => {
        const expected = await this.#expected(item++, feeds, signal);
        this.#add(sums, expected, await executor.run(feedsOf(feeds), { signal }));
      },
      signal,
    });
    if (sums.size === 0)
      throw makeError('ERR_RANGE', 'the models have no floating-point output in common on any sample');
    // Noise in proportion to signal, added up: the outputs' own ratios, each counted once.
    const noise = Array.from(sums.values(), ({ errors }) => 10 ** (-errors.sqnr / 10));
    return -10 * Math.log10(noise.reduce((sum, one) => sum + one, 0) / noise.length);
  }

  /** Lets go of the float model. */
  async dispose(): Promise<void> {
    this.#kept.length = 0;
    const reference = this.#reference;
    this.#reference = undefined;
    await reference?.dispose();
  }

  #add(sums: Map<string, PairSums>, expected: Outputs, found: Outputs): void {
    for (const [name, value] of Object.entries(expected)) {
      const other = found[name];
      const [x, y] = [floatsOf(value), other === undefined ? undefined : floatsOf(other)];
      if (x === undefined || x.length !== y?.length) continue;
      const pair = sums.get(name) ?? new PairSums();
      sums.set(name, pair);
      pair.add(x, y);
    }
  }

  async #expected(item: number, feeds: Feeds, signal: AbortSignal | undefined): Promise<Outputs> {
    const kept = this.#kept[item];
    if (kept !== undefined) return kept;
    this.#reference ??= await openExecutor(this.#float, this.#options);
    const outputs = await this.#reference.run(feeds, { signal });
    const bytes = bytesOf(outputs);
    if (item === this.#kept.length && this.#bytes + bytes <= KEPT_BYTES) {
      this.#kept.push(outputs);
      this.#bytes += bytes;
    }
    return outputs;
  }
}
