// Draws handwritten-looking digits: strokes, a seeded distortion, a pen of changing width, ink and paper noise.

import { Random } from '../statistics';
import { checkInteger, checkOneOf } from '../validate';
import { DIGIT_STROKES, type Polyline } from './digit_strokes';
import { IMAGE_SIZE, MAX_DISPLACEMENT, randomField, randomPlacement } from './distortion';

/** What the digits are for. Each purpose has its own sequence, so that no test image was ever trained on. */
export const DIGIT_PURPOSES = ['train', 'calibrate', 'test'] as const;
export type DigitPurpose = (typeof DIGIT_PURPOSES)[number];

/** Drawn digits: images [count, 28, 28], 0 is paper and 255 full ink; labels [count], 0 to 9. */
export interface Digits {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

const PIXELS = IMAGE_SIZE * IMAGE_SIZE;

/**
 * Draws digits. Image i depends on purpose, seed and i alone, and is the same to the byte on every platform and engine:
 * only operations with one permitted result are used (no sine, exponential or the like).
 * @param options.count number of images, 0 to 10 million
 * @param options.seed 0 to 2^53 - 1
 * @param options.first index of the first image, 0 by default: a set can be drawn in pieces
 * @throws ERR_DTYPE or ERR_RANGE for other values
 */
export function drawDigits(options: { count: number; seed: number; purpose: DigitPurpose; first?: number }): Digits {
  const count = checkInteger('count', options.count, 0, 10_000_000);
  const seed = checkInteger('seed', options.seed, 0, Number.MAX_SAFE_INTEGER);
  const first = checkInteger('first', options.first ?? 0, 0, 2 ** 32 - 1);
  const purpose = DIGIT_PURPOSES.indexOf(checkOneOf('purpose', options.purpose, DIGIT_PURPOSES));
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const random = new Random(purpose, seed, first + i);
    const label = random.integer(10);
    labels[i] = label;
    drawDigit(images.subarray(i * PIXELS, (i + 1) * PIXELS), label, random);
  }
  return { images, labels };
}

function drawDigit(image: Uint8Array, label: number, random: Random): void {
  const ways = DIGIT_STROKES[label] ?? [];
  const strokes = ways[random.integer(ways.length)] ?? [];
  const place = randomPlacement(random);
  const paper = {
    shiftX: randomField(random, random.uniform(0.2, 1)),
    shiftY: randomField(random, random.uniform(0.2, 1)),
  };
  const depth = new Float64Array(PIXELS).fill(Number.NEGATIVE_INFINITY);
  const width = random.uniform(0.75, 1.75);
  for (const stroke of strokes) drawStroke(depth, stroke.map(place), paper, randomPen(random, width, stroke.length));
  inkIn(image, depth, random);
}

interface Paper {
  readonly shiftX: Float64Array;
  readonly shiftY: Float64Array;
}

/** Half the pen's width in pixels at each point of a stroke: it drifts from one width to another. */
function randomPen(random: Random, width: number, points: number): Float64Array {
  const from = width * random.uniform(0.75, 1.2);
  const to = width * random.uniform(0.65, 1.2);
  return Float64Array.from({ length: points }, (_, i) => from + (to - from) * (i / Math.max(points - 1, 1)));
}

/** Raises each pixel's depth inside the stroke (negative outside), in pixels. */
function drawStroke(depth: Float64Array, stroke: Polyline, paper: Paper, pen: Float64Array): void {
  for (let i = 0; i + 1 < stroke.length; i++) {
    const [ax, ay] = stroke[i] ?? [0, 0];
    const [bx, by] = stroke[i + 1] ?? [0, 0];
    drawPiece(depth, { ax, ay, bx, by, a: pen[i] ?? 0, b: pen[i + 1] ?? 0 }, paper);
  }
}

/** Beyond the pen's edge no ink is seen. */
const MAX_SOFTNESS = 1.4;

interface Piece {
  readonly ax: number;
  readonly ay: number;
  readonly bx: number;
  readonly by: number;
  readonly a: number;
  readonly b: number;
}

function drawPiece(depth: Float64Array, { ax, ay, bx, by, a, b }: Piece, paper: Paper): void {
  const reach = Math.max(a, b) + MAX_SOFTNESS + MAX_DISPLACEMENT;
  const clamp = (value: number): number => Math.min(Math.max(Math.floor(value), 0), IMAGE_SIZE - 1);
  const [left, right] = [clamp(Math.min(ax, bx) - reach), clamp(Math.max(ax, bx) + reach)];
  const [top, bottom] = [clamp(Math.min(ay, by) - reach), clamp(Math.max(ay, by) + reach)];
  const dx = bx - ax;
  const dy = by - ay;
  const squared = dx * dx + dy * dy + 1e-12;
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const pixel = row * IMAGE_SIZE + column;
      const x = column + 0.5 + (paper.shiftX[pixel] ?? 0) - ax;
      const y = row + 0.5 + (paper.shiftY[pixel] ?? 0) - ay;
      const t = Math.min(Math.max((x * dx + y * dy) / squared, 0), 1);
      const offX = x - t * dx;
      const offY = y - t * dy;
      const inside = a + t * (b - a) - Math.sqrt(offX * offX + offY * offY);
      if (inside > (depth[pixel] ?? 0)) depth[pixel] = inside;
    }
  }
}

/** Depth to grey: a soft edge, ink that fades in places, a little noise everywhere. */
function inkIn(image: Uint8Array, depth: Float64Array, random: Random): void {
  const softness = random.uniform(0.5, MAX_SOFTNESS);
  const ink = random.uniform(0.6, 1);
  const fading = randomField(random, random.uniform(0, 0.22));
  const noise = random.uniform(0, 0.07);
  const paper = random.uniform(0, 0.08);
  for (let i = 0; i < PIXELS; i++) {
    const cover = Math.min(Math.max(0.5 + (depth[i] ?? 0) / (2 * softness), 0), 1);
    const grey = paper + cover * (ink + (fading[i] ?? 0) - paper) + noise * random.normal();
    image[i] = Math.floor(255 * Math.min(Math.max(grey, 0), 1) + 0.5);
  }
}
