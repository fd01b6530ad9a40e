// What a reader should take away of a quantization: one line, and whether to use the model at all.
import { coverageOf } from './coverage';
import { showBytes, showDecibel, showRatio, showShare, showTime } from './figures';
import type { EvaluationRow, QuantizeReport } from './report_types';

export interface Verdict {
  /** keep-float: the quantized model measures slower here; missed: a budget was not held. */
  readonly advice: 'use' | 'keep-float' | 'missed';
  /** Budget held, missed, or none given. */
  readonly budget: 'held' | 'missed' | 'none';
  readonly line: string;
}

/** Below this the float model is as fast: measurements of one run vary by so much. */
const SLOWER = 0.97;

/** "0.40 points", of a score or loss "1.20 %". */
export function showDrop({ kind, drop }: EvaluationRow): string {
  return `${drop.toFixed(2)} ${kind === 'accuracy' ? 'points' : '%'}`;
}

/** A score as it is written: shares in percent, others with four digits. */
export function showScore(kind: EvaluationRow['kind'], value: number): string {
  return kind === 'accuracy' ? showShare(value) : value.toFixed(4);
}

function accuracyPart({ evaluation, outputSqnr, calibration }: QuantizeReport): string[] {
  if (evaluation !== undefined) {
    const { kind, float, quantized } = evaluation;
    return [`${kind} ${showScore(kind, float.value)} -> ${showScore(kind, quantized.value)}`];
  }
  if (calibration?.random) return ['accuracy unknown (random data)'];
  return outputSqnr === undefined ? [] : [`output SQNR ${showDecibel(outputSqnr)}`];
}

function speedPart({ speed }: QuantizeReport): string[] {
  if (speed === undefined) return [];
  const { ratio } = speed;
  return [ratio >= 1 ? `${showRatio(ratio)} x as fast` : `slower, ${showRatio(ratio)} x the speed`];
}

/** Size, coverage, speed, accuracy, budget: whatever is known of them. */
export function verdictOf(report: QuantizeReport): Verdict {
  const { source, output, budget, speed } = report;
  const { done, layers, what } = coverageOf(report);
  const smaller = `${showRatio(source.bytes / output.bytes)} x smaller`;
  const held = budget === undefined ? 'none' : budget.held ? 'held' : 'missed';
  const slower = speed !== undefined && speed.ratio < SLOWER;
  const advice = held === 'missed' ? 'missed' : slower ? 'keep-float' : 'use';
  const parts = [smaller, `${what} ${done}/${layers}`, ...speedPart(report), ...accuracyPart(report)];
  const end = {
    use: held === 'held' ? ': budget held' : '',
    'keep-float': ': slower here; keep the float model unless size matters more',
    missed: ': BUDGET MISSED',
  }[advice];
  return { advice, budget: held, line: `${parts.join(', ')}${end}` };
}

/** "312 kB -> 88.1 kB". */
export const showSizes = ({ source, output }: QuantizeReport): string =>
  `${showBytes(source.bytes)} -> ${showBytes(output.bytes)}`;

/** "137 us -> 87.0 us". */
export const showTimes = ({ float, quantized }: NonNullable<QuantizeReport['speed']>): string =>
  `${showTime(float.best)} -> ${showTime(quantized.best)}`;
