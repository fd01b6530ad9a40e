// Two models that are run on the same feeds.
import { type Executor, type ExecutorKind, type ExecutorOptions, floatsOf, type Item, openExecutor } from '../execute';
import type { Feeds, Model } from '../model';
import type { AddPair } from './comparison';
import type { TensorPair } from './counterparts';

/** Tensors that are compared in one run, and how the models are run for it. */
export interface Group {
  readonly pairs: readonly TensorPair[];
  readonly optimization: 'all' | 'disabled';
  readonly add: AddPair;
}

export interface Models {
  readonly a: Model;
  readonly b: Model;
  readonly feedsOfB: (feeds: Feeds) => Feeds;
}

export class ModelPair {
  readonly #group: Group;
  readonly #a: Executor;
  readonly #b: Executor;
  readonly #feedsOfB: (feeds: Feeds) => Feeds;

  private constructor(group: Group, a: Executor, b: Executor, feedsOfB: (feeds: Feeds) => Feeds) {
    this.#group = group;
    this.#a = a;
    this.#b = b;
    this.#feedsOfB = feedsOfB;
  }

  static async open(
    group: Group,
    { a, b, feedsOfB }: Models,
    executor: Pick<ExecutorOptions, 'kind' | 'threads'> | undefined,
  ): Promise<ModelPair> {
    const { pairs, optimization } = group;
    const common = { ...executor, optimization };
    const x = await openExecutor(a, { ...common, outputs: pairs.map(({ tensor }) => tensor) });
    try {
      const y = await openExecutor(b, { ...common, outputs: pairs.map(({ counterpart }) => counterpart) });
      return new ModelPair(group, x, y, feedsOfB);
    } catch (error) {
      await x.dispose();
      throw error;
    }
  }

  get kind(): ExecutorKind {
    return this.#a.kind;
  }

  async run({ feeds, signal }: Item): Promise<void> {
    const x = await this.#a.run(feeds, { signal });
    const y = await this.#b.run(this.#feedsOfB(feeds), { signal });
    for (const pair of this.#group.pairs) {
      const [value, other] = [x[pair.tensor]!, y[pair.counterpart]!];
      const [floats, others] = [floatsOf(value), floatsOf(other)];
      if (floats !== undefined && floats.length === others?.length) this.#group.add(pair, floats, others, value);
    }
  }

  async dispose(): Promise<void> {
    await this.#a.dispose();
    await this.#b.dispose();
  }
}
