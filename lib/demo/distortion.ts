// Seeded distortions of a drawn digit: an affine map of its strokes, and an elastic field that bends the paper.
// Only +, −, ×, ÷ and square roots: the same numbers on every platform.

import type { Random } from '../statistics';
import type { Point } from './digit_strokes';

/** Pixels along each side of an image. */
export const IMAGE_SIZE = 28;

/** Maps the unit box of a digit to pixel coordinates. */
export type PointMap = (point: Point) => Point;

/** The largest displacement of the elastic field, in pixels. */
export const MAX_DISPLACEMENT = 3;

/**
 * A random affine map: about 20 pixels high and 8 to 20 wide, turned by up to ±20 degrees, slanted, moved by up to ±2.5 pixels,
 * after a bend of the box in itself.
 */
export function randomPlacement(random: Random): PointMap {
  const height = random.uniform(16, 21.5);
  const width = height * random.uniform(0.42, 0.88);
  const shear = 0.16 * random.normal() - 0.12;
  // tan(angle / 2): sine and cosine follow from it by divisions alone.
  const tangent = Math.min(Math.max(0.055 * random.normal(), -0.17), 0.17);
  const cos = (1 - tangent * tangent) / (1 + tangent * tangent);
  const sin = (2 * tangent) / (1 + tangent * tangent);
  const centreX = IMAGE_SIZE / 2 + random.uniform(-2.5, 2.5);
  const centreY = IMAGE_SIZE / 2 + random.uniform(-2, 2);
  const bend = randomBend(random);
  return (point) => {
    const [bentX, bentY] = bend(point);
    const y = (bentY - 0.5) * height;
    const x = (bentX - 0.5) * width + shear * y;
    return [centreX + cos * x - sin * y, centreY + sin * x + cos * y];
  };
}

/** Moves each point by a random polynomial of its place, up to the third degree: it bends strokes and breaks none. */
function randomBend(random: Random): PointMap {
  const amplitude = random.uniform(0.02, 0.08);
  const coefficients = Array.from({ length: 12 }, () => amplitude * random.normal());
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, ...rest] = coefficients;
  const [g = 0, h = 0, i = 0, j = 0, k = 0, l = 0] = rest;
  return ([x, y]) => {
    const u = 2 * x - 1;
    const v = 2 * y - 1;
    return [
      x + a * u * u + b * u * v + c * v * v + d * u * u * v + e * u * v * v + f * v * v * v,
      y + g * u * u + h * u * v + i * v * v + j * u * u * v + k * u * v * v + l * u * u * u,
    ];
  };
}

/** One smooth random value per pixel: white noise blurred three times with a box, nearly a Gaussian blur of sigma 4 pixels. */
export function randomField(random: Random, amplitude: number): Float64Array {
  let field: Float64Array = Float64Array.from({ length: IMAGE_SIZE * IMAGE_SIZE }, () => random.normal());
  for (let pass = 0; pass < 3; pass++) field = blurTransposed(blurTransposed(field));
  // The blur leaves white noise about a fourteenth of its spread.
  for (let i = 0; i < field.length; i++)
    field[i] = Math.min(Math.max(14 * amplitude * (field[i] ?? 0), -MAX_DISPLACEMENT), MAX_DISPLACEMENT);
  return field;
}

/** Half the box's width, in pixels. */
const BLUR_RADIUS = 3;

/** Blurs each row, with the row's ends repeated outward, and writes it as a column: two calls blur both ways. */
function blurTransposed(field: Float64Array): Float64Array {
  const out = new Float64Array(field.length);
  const at = (row: number, column: number): number =>
    field[row * IMAGE_SIZE + Math.min(Math.max(column, 0), IMAGE_SIZE - 1)] ?? 0;
  for (let row = 0; row < IMAGE_SIZE; row++) {
    let sum = 0;
    for (let column = -BLUR_RADIUS; column <= BLUR_RADIUS; column++) sum += at(row, column);
    for (let column = 0; column < IMAGE_SIZE; column++) {
      out[column * IMAGE_SIZE + row] = sum / (2 * BLUR_RADIUS + 1);
      sum += at(row, column + BLUR_RADIUS + 1) - at(row, column - BLUR_RADIUS);
    }
  }
  return out;
}
