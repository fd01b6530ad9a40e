// The forms of options that several commands take; what does not fit is wrong usage.
import { InvalidArgumentError } from 'commander';

export function parseInteger(text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

/** `3x224x224`, or `3,224,224`. */
export function parseShape(text: string): number[] {
  if (/^[1-9]\d{0,9}([x,][1-9]\d{0,9})*$/.test(text)) return text.split(/[x,]/).map(Number);
  throw new InvalidArgumentError('It must be sizes above 0, such as 3x224x224.');
}

/** `0.00392` or `1/255`. */
export function parseRatio(text: string): number {
  const [above, below = '1'] = text.split('/');
  const value = Number(above) / Number(below);
  if (/^[\d.eE+-]+(\/[\d.eE+-]+)?$/.test(text) && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number above 0, such as 0.5 or 1/255.');
}

/** A percentage above 0, at most 100. */
export function parsePercentile(text: string): number {
  const value = Number(text);
  if (/^[\d.]+$/.test(text) && value > 0 && value <= 100) return value;
  throw new InvalidArgumentError('It must be above 0 and at most 100.');
}
