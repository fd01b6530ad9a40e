// What a user's evaluation function is given and gives back, and what a report makes of it.

import { estimate } from '../../statistics';
import { isObject, reject } from '../../validate';
import type { Feeds, TensorValue } from '../model';
import type { EvaluationRow, ScoreRow } from '../report';

/** A model that can be run: what evaluation functions are handed, once for each model that is scored. */
export interface RunnableModel {
  readonly run: (feeds: Feeds) => Promise<Record<string, TensorValue>>;
  /** Names of inputs and outputs, in the model's order. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * How good a model is:
 * - `{ correct, total }`: an accuracy, which gets a confidence interval;
 * - `{ loss }`: lower is better;
 * - a number: higher is better.
 */
export type Score = number | { readonly correct: number; readonly total: number } | { readonly loss: number };

/** Scores a model. It must do the same for every model that it is handed. */
export type Evaluate = (
  model: RunnableModel,
  context: { readonly signal?: AbortSignal | undefined },
) => Score | Promise<Score>;

interface Scored extends ScoreRow {
  readonly kind: EvaluationRow['kind'];
}

function checkFinite(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) reject(name, 'a finite number', value, 'ERR_DTYPE');
  return value;
}

/** Reads what an evaluation function returned. Throws ERR_DTYPE or ERR_RANGE for what is no score. */
export function readScore(score: unknown): Scored {
  if (typeof score === 'number') return plain('score', checkFinite('the score', score));
  if (isObject(score) && 'loss' in score) return plain('loss', checkFinite('the loss', score.loss));
  if (!isObject(score) || !('correct' in score) || !('total' in score))
    reject('the result of the evaluation', 'a number, { correct, total } or { loss }', score, 'ERR_DTYPE');
  const [correct, total] = [checkFinite('correct', score.correct), checkFinite('total', score.total)];
  if (!(total >= 1 && correct >= 0 && correct <= total))
    reject('correct', `from 0 to total, ${total}`, correct, 'ERR_RANGE');
  const { value, low, high } = estimate(correct, total);
  return { kind: 'accuracy', value, low, high, count: total };
}

const plain = (kind: Scored['kind'], value: number): Scored => ({ kind, value, low: null, high: null, count: null });

/** What is lost: percentage points of an accuracy, percent of a score or of a loss. */
export function dropOf(float: Scored, quantized: Scored): number {
  const difference = float.kind === 'loss' ? quantized.value - float.value : float.value - quantized.value;
  if (float.kind === 'accuracy') return 100 * difference;
  return difference === 0 ? 0 : (100 * difference) / Math.abs(float.value);
}

/** Throws ERR_DTYPE if the two scores are of different kinds. */
export function evaluationRow(float: Scored, quantized: Scored): EvaluationRow {
  if (float.kind !== quantized.kind)
    reject(
      'the result of the evaluation',
      `of one kind, ${float.kind} for the float model`,
      quantized.kind,
      'ERR_DTYPE',
    );
  return { kind: float.kind, float: rowOf(float), quantized: rowOf(quantized), drop: dropOf(float, quantized) };
}

const rowOf = ({ value, low, high, count }: Scored): ScoreRow => ({ value, low, high, count });
