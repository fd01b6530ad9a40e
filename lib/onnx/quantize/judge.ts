// How good a quantized model is beside the float one: the user's score, and the error of the outputs.
import { compareModels } from '../compare';
import type { Feeds, Model } from '../model';
import type { EvaluationRow } from '../report';
import { OutputError } from '../sensitivity';
import { evaluationRow, readScore } from './evaluation';
import type { Watch } from './progress_event';
import type { QuantizeOptions } from './quantize_options';
import { scoreModel } from './runnable';

export interface Judgement {
  readonly evaluation: EvaluationRow | undefined;
  /** In dB, null where nothing differs; undefined without samples. */
  readonly outputSqnr: number | null | undefined;
  /** The budget, where there is one. */
  readonly held: boolean;
}

/** A drop that is a rounding error above the budget is within it. */
const EPSILON = 1e-9;

const INTEGERS: ReadonlySet<string> = new Set(['int8', 'uint8']);

const hasIntegerOutput = ({ graph }: Model): boolean =>
  graph.outputs.some(({ type }) => type?.kind === 'tensor' && INTEGERS.has(type.elementType ?? ''));

export class Judge {
  /** There are samples to measure errors on. */
  readonly measures: boolean;
  readonly #samples: Feeds[];
  readonly #error: OutputError;
  readonly #float: Model;
  readonly #options: QuantizeOptions;
  readonly #watch: Watch;
  #floatScore: ReturnType<typeof readScore> | undefined;

  /** @param samples those that errors are measured on; none: they are not */
  constructor(float: Model, samples: readonly Feeds[], options: QuantizeOptions, watch: Watch) {
    this.#float = float;
    this.#options = options;
    this.#watch = watch;
    this.#samples = [...samples];
    this.measures = samples.length > 0;
    this.#error = new OutputError(float, this.#samples, { threads: options.threads });
  }

  /** Throws what the evaluation function or the runtime throws. */
  async judge(quantized: Model): Promise<Judgement> {
    const sqnr = this.measures ? await this.sqnrOf(quantized) : undefined;
    const evaluation = await this.#evaluate(quantized);
    const held = this.#holds(evaluation, sqnr);
    return { outputSqnr: sqnr === undefined || Number.isFinite(sqnr) ? sqnr : null, evaluation, held };
  }

  /** SQNR of all outputs, each in proportion to its own signal, in dB; Infinity where nothing differs. */
  async sqnrOf(quantized: Model): Promise<number> {
    const { signal } = this.#watch;
    if (!hasIntegerOutput(quantized)) return this.#error.score(quantized, { signal });
    const options = { layers: false, speed: false, signal, executor: { threads: this.#options.threads } };
    const { outputs } = await compareModels(this.#float, quantized, this.#samples, options);
    return -10 * Math.log10(outputs.reduce((sum, { sqnr }) => sum + 10 ** (-sqnr / 10), 0) / outputs.length);
  }

  /** Higher is better: what the budget is about, else the error of the outputs. */
  scoreOf({ evaluation, outputSqnr }: Judgement): number {
    if (this.#options.maxDrop !== undefined && evaluation !== undefined) return -evaluation.drop;
    return outputSqnr ?? Number.POSITIVE_INFINITY;
  }

  async dispose(): Promise<void> {
    await this.#error.dispose();
  }

  #holds(evaluation: EvaluationRow | undefined, sqnr: number | undefined): boolean {
    const { maxDrop, minSqnr } = this.#options;
    if (maxDrop !== undefined && evaluation !== undefined && evaluation.drop > maxDrop + EPSILON) return false;
    return minSqnr === undefined || sqnr === undefined || sqnr >= minSqnr;
  }

  async #evaluate(quantized: Model): Promise<EvaluationRow | undefined> {
    const { evaluate, threads } = this.#options;
    if (evaluate === undefined) return undefined;
    const { signal, report } = this.#watch;
    const onRun = (runs: number): void => report('evaluate', runs);
    onRun(0);
    const options = { signal, threads, onRun };
    this.#floatScore ??= readScore(await scoreModel(this.#float, this.#float, evaluate, options));
    return evaluationRow(this.#floatScore, readScore(await scoreModel(this.#float, quantized, evaluate, options)));
  }
}
