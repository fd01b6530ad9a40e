// How good a quantized model is beside the float one: the user's score, and the error of the outputs.
import type { Feeds, Model } from '../model';
import type { EvaluationRow } from '../report';
import { boundaryOf } from './boundary';
import { evaluationRow, readScore } from './evaluation';
import type { Watch } from './progress_event';
import type { QuantizeOptions } from './quantize_options';
import { scoreModel } from './runnable';
import { outputError } from './tensor_errors';

export interface Judgement {
  readonly evaluation: EvaluationRow | undefined;
  /** undefined without samples. */
  readonly outputSqnr: number | null | undefined;
  /** The budget, where there is one. */
  readonly held: boolean;
}

export class Judge {
  readonly #float: Model;
  readonly #samples: readonly Feeds[];
  readonly #options: QuantizeOptions;
  readonly #watch: Watch;
  #floatScore: ReturnType<typeof readScore> | undefined;

  /** @param samples those that errors are measured on; none: they are not */
  constructor(float: Model, samples: readonly Feeds[], options: QuantizeOptions, watch: Watch) {
    this.#float = float;
    this.#samples = samples;
    this.#options = options;
    this.#watch = watch;
  }

  /** Throws what the evaluation function or the runtime throws. */
  async judge(quantized: Model): Promise<Judgement> {
    const outputSqnr = await this.#error(quantized);
    const evaluation = await this.#evaluate(quantized);
    return { outputSqnr, evaluation, held: this.#holds(evaluation, outputSqnr) };
  }

  #holds(evaluation: EvaluationRow | undefined, outputSqnr: number | null | undefined): boolean {
    const { maxDrop, minSqnr } = this.#options;
    if (maxDrop !== undefined && evaluation !== undefined && evaluation.drop > maxDrop + 1e-9) return false;
    return minSqnr === undefined || typeof outputSqnr !== 'number' || outputSqnr >= minSqnr;
  }

  async #error(quantized: Model): Promise<number | null | undefined> {
    if (this.#samples.length === 0) return undefined;
    const boundary = boundaryOf(this.#float, quantized);
    const { threads } = this.#options;
    return outputError(this.#float, quantized, this.#samples, { boundary, threads, watch: this.#watch });
  }

  async #evaluate(quantized: Model): Promise<EvaluationRow | undefined> {
    const { evaluate, threads } = this.#options;
    if (evaluate === undefined) return undefined;
    const { signal, report } = this.#watch;
    const onRun = (runs: number): void => report('evaluate', runs);
    onRun(0);
    this.#floatScore ??= readScore(await scoreModel(this.#float, evaluate, { signal, threads, onRun }));
    const boundary = boundaryOf(this.#float, quantized);
    const score = await scoreModel(quantized, evaluate, { signal, threads, boundary, onRun });
    return evaluationRow(this.#floatScore, readScore(score));
  }
}
