// Constants in float16, with warnings about those that do not fit.

import { LARGEST_HALF } from '../../tensor/half_floats';
import { ModelTensor } from '../model';
import type { Float16Warning } from './float16_options';
import { toHalf } from './half_values';

/** float32 to float16, values beyond its range at its ends. */
export function halfTensor(tensor: ModelTensor): ModelTensor {
  return ModelTensor.computed('float16', tensor.dims, () => toHalf(tensor.floats()).bits);
}

/** Fewer values than this part of a constant may vanish or lose bits without a word: such are far below the others. */
const WORTH_A_WARNING = 0.05;

/** What float16 loses of a constant beyond its rounding. */
export function warningOf(name: string, tensor: ModelTensor): Float16Warning | undefined {
  const { clamped, vanished, subnormal } = toHalf(tensor.floats()).losses;
  const few = WORTH_A_WARNING * tensor.size;
  const parts = [
    ...(clamped > 0 ? [`${clamped} beyond ±${LARGEST_HALF} became that`] : []),
    ...(vanished > few ? [`${vanished} too small became 0`] : []),
    ...(subnormal > few ? [`${subnormal} are subnormal and lose bits`] : []),
  ];
  if (parts.length === 0) return undefined;
  return { tensor: name, message: `of ${tensor.size} values of '${name}' ${parts.join(', ')}` };
}

/**
 * Why a node must read a constant in float32: values above float16's range, other than those far below 0 that stand for minus
 * infinity in masks, and single numbers that would become 0, such as an epsilon.
 */
export function whyNotHalf(tensor: ModelTensor): string | undefined {
  const values = tensor.floats();
  const { losses } = toHalf(values);
  if (losses.clamped > 0 && values.some((value) => value >= 65520 && value !== Number.POSITIVE_INFINITY))
    return `a constant has values beyond ${LARGEST_HALF}`;
  if (losses.vanished > 0 && losses.vanished === tensor.size) return 'a constant is too small for float16';
  return undefined;
}
