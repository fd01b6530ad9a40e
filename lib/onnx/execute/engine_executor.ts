// What every executor does around a run: checks, and the tensors that need no computation.
import { type AsyncOptions, signalOf } from '../../abort_signal';
import { makeError } from '../../errors';
import type { Feeds, Model, ModelTensor, TensorValue } from '../model';
import { checkFeeds } from './check_feeds';
import type { Executor, ExecutorKind } from './executor';
import type { SelectedOutputs } from './select_outputs';

/** What computes tensors from feeds that were checked. */
export interface Engine {
  readonly kind: ExecutorKind;
  compute(feeds: Feeds, signal: AbortSignal | undefined): Promise<Record<string, TensorValue>>;
  /** A computation without anything around it. */
  bind(feeds: Feeds): () => Promise<unknown>;
  release(): Promise<void>;
}

function constantValue(constant: ModelTensor): TensorValue {
  const { type, dims } = constant;
  return { type, dims, data: type === 'string' ? constant.strings() : constant.array() };
}

/** An executor of an engine for a model's outputs, in their order. */
export class EngineExecutor implements Executor {
  readonly kind: ExecutorKind;
  readonly inputs: Executor['inputs'];
  readonly outputs: readonly string[];
  readonly #selected: SelectedOutputs;
  #engine: Engine | undefined;
  /** Runs wait for the one before. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine, model: Model, outputs: readonly string[], selected: SelectedOutputs) {
    this.kind = engine.kind;
    this.inputs = model.graph.inputs;
    this.outputs = outputs;
    this.#engine = engine;
    this.#selected = selected;
  }

  async run(feeds: Feeds, options?: AsyncOptions): Promise<Record<string, TensorValue>> {
    const signal = signalOf(options);
    checkFeeds(this.inputs, feeds);
    const turn = this.#last.then(() => this.#run(feeds, signal));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async bind(feeds: Feeds): Promise<() => Promise<unknown>> {
    checkFeeds(this.inputs, feeds);
    return this.#open.bind(feeds);
  }

  async dispose(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    await this.#last;
    await engine?.release();
  }

  get #open(): Engine {
    if (this.#engine === undefined) throw makeError('ERR_DISPOSED', 'the executor was disposed');
    return this.#engine;
  }

  async #run(feeds: Feeds, signal: AbortSignal | undefined): Promise<Record<string, TensorValue>> {
    const engine = this.#open;
    signal?.throwIfAborted();
    const { computed, constants } = this.#selected;
    const results = computed.length === 0 ? {} : await engine.compute(feeds, signal);
    signal?.throwIfAborted();
    return Object.fromEntries(
      this.outputs.map((name) => {
        const constant = constants.get(name);
        const value = constant === undefined ? (results[name] ?? feeds[name]!) : constantValue(constant);
        return [name, value];
      }),
    );
  }
}
