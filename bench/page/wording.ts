// How the page writes names and figures: proper signs instead of those of a terminal.
import { formatTime } from '../figures';

/** '512x4096x11008' is '512 × 4096 × 11008', '1024x1024x1024' is '1024³'; other texts stay as they are. */
export function showSizes(text: string): string {
  return text.replace(/(\d+)x(\d+)x(\d+)/g, (_, m, n, k) => (m === n && n === k ? `${m}³` : `${m} × ${n} × ${k}`));
}

/** The sizes at the end of a case's name: what is left when its family is taken off. */
export function sizesOf({ name, family }: { readonly name: string; readonly family: string }): string {
  return showSizes(name.slice(family.length).replace(/^,? /, ''));
}

/** 17.3 µs. */
export const showTime = (seconds: number): string => formatTime(seconds).replace('us', 'µs');

/** 0.985 is 98.5 %. */
export const showPercent = (fraction: number): string => `${(100 * fraction).toFixed(fraction < 0.1 ? 2 : 1)} %`;

/** 1.53×. */
export const showRatio = (ratio: number): string => `${ratio.toFixed(ratio >= 100 ? 0 : ratio >= 10 ? 1 : 2)}×`;

/** 12345 is 12,345. */
export const showCount = (value: number): string => value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
