// Whether sketches, of this machine or of others, hold what a model needs.
import type { NamedSketches } from '../../calibrate';
import { onnxError } from '../errors';

/** Throws ERR_NO_CALIBRATION_DATA, naming the first of them, if tensors have no sketch or one that has seen no values. */
export function checkSketches(sketches: NamedSketches, tensors: readonly string[]): void {
  const missing = tensors.filter((name) => !sketches.get(name)?.channels.some(({ count }) => count > 0n));
  if (missing.length === 0) return;
  const others = missing.length === 1 ? '' : ` and ${missing.length - 1} more`;
  throw onnxError('ERR_NO_CALIBRATION_DATA', `no calibration data for tensor '${missing[0]}'${others}`, {
    tensor: missing[0],
    hint: 'Calibrate the same model, prepared in the same way, and merge the sketches of all machines.',
  });
}
