// Chooses a mode: by what was measured where something was, else by the model's structure.
import type { AdviceTrial, AdvisedMode } from './advice';
import type { Structure } from './gather_evidence';

export interface Choice {
  readonly mode: AdvisedMode;
  readonly reason: string;
  /** The trial that decided. */
  readonly trial?: AdviceTrial | undefined;
}

export interface ChoiceContext {
  readonly structure: Structure;
  readonly trials: readonly AdviceTrial[];
  /** Least signal to noise ratio of the outputs, in dB. */
  readonly tolerance: number;
  readonly hasSamples: boolean;
  readonly isOrt: boolean;
}

/** Less than this is within what measurements differ by. */
const LEAST_GAIN = 1.03;
/** At least this fast is as fast as float: then a smaller file alone decides. */
const SAME_SPEED = 0.97;
/** Outputs that are off by more than the tolerance still name the same classes, where nearly all of them do. */
const LEAST_AGREEMENT = 0.97;
/** Dynamic quantization needs no calibration data: it is advised where it is nearly as fast. */
const DYNAMIC_SHARE = 0.95;
/** From this size on, a file four times smaller is a gain of its own. */
const LARGE_BYTES = 4e6;
/** What a file must shrink by where nothing else is gained. */
const LEAST_SIZE_RATIO = 3;

const FORM = { static: 'static', dynamic: 'dynamic', 'weight-only': 'weight-only' } as const;

/** null stands for an exact output; what was not measured passes. */
function isExact({ sqnr, agreement }: AdviceTrial, tolerance: number): boolean {
  return sqnr === undefined || sqnr === null || sqnr >= tolerance || (agreement ?? 0) >= LEAST_AGREEMENT;
}

const times = (ratio: number): string => `${ratio.toFixed(2)} times as fast as float here`;

/** Decibels that another method must give more than the first to be chosen. */
const LEAST_DECIBELS = 1;

function fastest(trials: readonly AdviceTrial[]): AdviceTrial | undefined {
  return trials.reduce<AdviceTrial | undefined>((best, trial) => {
    if (best?.mode === trial.mode) return (trial.sqnr ?? 0) > (best.sqnr ?? 0) + LEAST_DECIBELS ? trial : best;
    return (trial.speedRatio ?? 0) > (best?.speedRatio ?? 0) ? trial : best;
  }, undefined);
}

function smallest({ trials, tolerance, structure }: ChoiceContext, floor: number): Choice {
  const weights = trials.find((trial) => trial.mode === 'weight-only' && isExact(trial, tolerance));
  const isLarge = structure.inspection.parameters.bytes >= LARGE_BYTES;
  if (weights !== undefined && isLarge && weights.sizeRatio > 2)
    return {
      mode: 'weight-only',
      trial: weights,
      reason: `integers gain no speed here, but the file becomes ${weights.sizeRatio.toFixed(1)} times smaller`,
    };
  const best = floor > 0 ? `the best quantized form runs ${times(floor)}` : 'no quantized form is accurate enough';
  return { mode: 'keep', reason: `keep the float model: ${best}` };
}

function measured(context: ChoiceContext): Choice {
  const { trials, tolerance } = context;
  const fit = trials.filter((trial) => isExact(trial, tolerance) && trial.mode !== 'weight-only');
  const best = fastest(fit);
  const gain = best?.speedRatio ?? 0;
  if (best === undefined || gain < SAME_SPEED) return smallest(context, gain);
  const size = `the file becomes ${best.sizeRatio.toFixed(1)} times smaller`;
  if (gain < LEAST_GAIN && best.sizeRatio < LEAST_SIZE_RATIO) return smallest(context, gain);
  if (gain < LEAST_GAIN)
    return { mode: FORM[best.mode], trial: best, reason: `${best.mode} is as fast as float here, and ${size}` };
  const dynamic = fit.find(({ mode }) => mode === 'dynamic');
  const chosen = (dynamic?.speedRatio ?? 0) >= DYNAMIC_SHARE * gain && dynamic !== undefined ? dynamic : best;
  const needs = chosen.mode === 'dynamic' && best.mode === 'static' ? ', and needs no calibration data' : '';
  return {
    mode: FORM[chosen.mode],
    trial: chosen,
    reason: `${chosen.mode} runs ${times(chosen.speedRatio ?? 1)}${needs}`,
  };
}

function structural({ structure, hasSamples, isOrt }: ChoiceContext): Choice {
  const { inspection, convolutions, isSmall, gated } = structure;
  if (inspection.macs.weighted === 0) {
    if ((inspection.embeddings.bytes ?? 0) > 0.5)
      return { mode: 'weight-only', reason: 'its bytes are tables that are only looked up' };
    return { mode: 'keep', reason: 'it has no weights that integers could multiply' };
  }
  if (isSmall) return { mode: 'keep', reason: 'it is too small for integers to gain what converting costs' };
  if (!isOrt)
    return { mode: 'static', reason: 'this runtime computes on integers only between Q/DQ nodes with fixed scales' };
  if (convolutions > 0.1)
    return { mode: 'static', reason: 'convolutions gain from integers only with scales that calibration fixes' };
  if (gated.length > 0)
    return { mode: 'dynamic', reason: 'products of two activations have ranges that differ from input to input' };
  if (!hasSamples)
    return { mode: 'dynamic', reason: 'its weights are those of MatMuls, which need no calibration data' };
  return { mode: 'static', reason: 'its MatMuls run fastest with scales that calibration fixes' };
}

/** By speed among the forms within the tolerance; without measurements by structure. */
export function chooseMode(context: ChoiceContext): Choice {
  const { state } = context.structure.inspection;
  if (state !== 'float' && state !== 'float16') return { mode: 'keep', reason: `it is quantized already (${state})` };
  if (context.trials.some(({ speedRatio }) => speedRatio !== undefined)) return measured(context);
  const choice = structural(context);
  const trial = context.trials.find(({ mode }) => mode === choice.mode);
  if (trial !== undefined && !isExact(trial, context.tolerance))
    return context.isOrt
      ? { mode: 'keep', reason: `keep the float model: its outputs would have ${trial.sqnr?.toFixed(1)} dB` }
      : { mode: 'float16', reason: `8 bits leave ${trial.sqnr?.toFixed(1)} dB of its outputs` };
  return { ...choice, trial };
}
