// A data set of drawn digits, made in pieces so that progress is seen and an interrupt is heard.
import { BYTE_SCALE, type Dataset } from './dataset';
import { IMAGE_SIZE } from './distortion';
import { type DigitPurpose, drawDigits } from './draw_digits';
import { finishStep, type Watch } from './watch';

/** Digits that are drawn without a pause: about 50 ms. */
const PIECE = 200;

/**
 * Draws a data set of digits; see drawDigits for the promises and errors.
 * @param options.inputScale what the grey values 0 to 255 are multiplied with, 1/255 by default
 */
export async function drawDataset(
  options: { count: number; seed: number; purpose: DigitPurpose; inputScale?: number | undefined },
  watch: Watch = {},
): Promise<Dataset> {
  const { count, seed, purpose, inputScale = BYTE_SCALE } = options;
  const width = IMAGE_SIZE * IMAGE_SIZE;
  const data = new Uint8Array(count * width);
  const labels = new Int32Array(count);
  for (let first = 0; first < count; first += PIECE) {
    const piece = drawDigits({ count: Math.min(PIECE, count - first), seed, purpose, first });
    data.set(piece.images, first * width);
    labels.set(piece.labels, first);
    await finishStep(watch, (first + PIECE) / count);
  }
  return { data, scale: inputScale, labels, count, width, source: `drawn digits (seed ${seed})` };
}
