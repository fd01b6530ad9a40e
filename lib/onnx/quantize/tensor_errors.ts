// The error of a quantized model's tensors against those of the float model, over samples.
import { floatsOf, openExecutor } from '../execute';
import { type Feeds, GraphIndex, type Model, type TensorValue } from '../model';
import { type Boundary, dequantizeResults, quantizeFeeds } from './boundary';
import type { Watch } from './progress_event';

/** Names of tensors: of the float model, and what stands for each in the quantized one. */
type Pairs = ReadonlyMap<string, string>;

/** Sums of squares over all values of tensors in all samples. */
class ErrorSums {
  readonly #sums = new Map<string, { signal: number; noise: number }>();

  add(name: string, expected: TensorValue | undefined, got: TensorValue | undefined): void {
    const [xs, ys] = [expected && floatsOf(expected), got && floatsOf(got)];
    if (xs === undefined || ys === undefined || xs.length !== ys.length) return;
    const sums = this.#sums.get(name) ?? { signal: 0, noise: 0 };
    this.#sums.set(name, sums);
    for (let i = 0; i < xs.length; i++) {
      const [x, y] = [xs[i]!, ys[i]!];
      if (!Number.isFinite(x)) continue; // masks of attention
      sums.signal += x * x;
      sums.noise += (x - y) * (x - y);
    }
  }

  /** In dB, by tensor; null where nothing differs. Tensors without a signal are left out. */
  ratios(): Map<string, number | null> {
    const known = [...this.#sums].filter(([, { signal }]) => signal > 0);
    return new Map(known.map(([name, { signal, noise }]) => [name, ratioOf(signal, noise)]));
  }

  total(): number | null {
    const all = [...this.#sums.values()];
    return ratioOf(
      all.reduce((sum, { signal }) => sum + signal, 0),
      all.reduce((sum, { noise }) => sum + noise, 0),
    );
  }
}

const ratioOf = (signal: number, noise: number): number | null =>
  noise === 0 || signal === 0 ? null : 10 * Math.log10(signal / noise);

export interface ErrorOptions {
  readonly boundary: Boundary;
  readonly threads?: number | undefined;
  readonly watch: Watch;
}

async function addErrors(
  sums: ErrorSums,
  models: { readonly float: Model; readonly quantized: Model; readonly pairs: Pairs },
  samples: readonly Feeds[],
  { boundary, threads, watch: { signal, report } }: ErrorOptions,
): Promise<void> {
  const { float, quantized, pairs } = models;
  const first = await openExecutor(float, { outputs: [...pairs.keys()], threads });
  try {
    const second = await openExecutor(quantized, { outputs: [...new Set(pairs.values())], threads });
    try {
      for (const [i, feeds] of samples.entries()) {
        report('check', i, samples.length);
        const expected = await first.run(feeds, { signal });
        const got = dequantizeResults(await second.run(quantizeFeeds(feeds, boundary), { signal }), boundary);
        for (const [name, other] of pairs) sums.add(name, expected[name], got[other]);
      }
    } finally {
      await second.dispose();
    }
  } finally {
    await first.dispose();
  }
}

/** SQNR of all outputs together, in dB; null where they are equal. The models run as they are, fused. Throws as runs do. */
export async function outputError(
  float: Model,
  quantized: Model,
  samples: readonly Feeds[],
  options: ErrorOptions,
): Promise<number | null> {
  const sums = new ErrorSums();
  const pairs = new Map(float.graph.outputs.map(({ name }) => [name, name]));
  await addErrors(sums, { float, quantized, pairs }, samples, options);
  return sums.total();
}

/** SQNR of tensors in between, by their names in the float model; of those that both models have. Throws as runs do. */
export async function tensorErrors(
  models: { readonly float: Model; readonly quantized: Model; readonly tensors: readonly string[] },
  samples: readonly Feeds[],
  options: ErrorOptions,
): Promise<Map<string, number | null>> {
  const { float, quantized, tensors } = models;
  const index = new GraphIndex(quantized.graph);
  const pairs = new Map<string, string>();
  for (const name of tensors) {
    const other = [`${name}_dequantized`, name].find((one) => index.producer(one) !== undefined);
    if (other !== undefined) pairs.set(name, other);
  }
  const sums = new ErrorSums();
  if (pairs.size > 0) await addErrors(sums, { float, quantized, pairs }, samples, options);
  return sums.ratios();
}
