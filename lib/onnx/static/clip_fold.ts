// When the quantization behind a Clip does what the Clip does.
import type { AnyQParams } from '../../quantize';
import { roundHalfToEven } from '../../quantize/affine_params';
import { rangeOf } from '../../quantize/scheme';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** True if integers of these parameters, per tensor, saturate wherever a Clip between the bounds cuts. */
export function saturatesAt({ type, scale, zeroPoint }: AnyQParams, { min, max }: Bounds): boolean {
  const [low, high] = rangeOf(type);
  const integerOf = (real: number) => roundHalfToEven(Math.fround(real / scale[0]!)) + zeroPoint[0]!;
  return integerOf(min) <= low && integerOf(max) >= high;
}

/**
 * The parameters with a scale so much smaller that no integer stands for more than the bounds, where rounding has put the
 * last ones just outside: of -1 to 1, for one, 255 steps do not reach both ends.
 */
export function withinClip<T extends AnyQParams>(params: T, bounds: Bounds): T {
  if (saturatesAt(params, bounds)) return params;
  const [low, high] = rangeOf(params.type);
  const zero = params.zeroPoint[0]!;
  const most = Math.min(-bounds.min / Math.max(zero - low, 1), bounds.max / Math.max(high - zero, 1));
  const scale = Float32Array.of(Math.min(params.scale[0]!, most));
  return scale[0]! > 0 ? { ...params, scale } : params;
}
