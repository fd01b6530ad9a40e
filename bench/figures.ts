// How figures are written for people: three to four digits, with a unit.

/** 1034, 257, 38.1, 2.08. */
export function formatDigits(value: number): string {
  return value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}

/** 2.08 ms, 17.3 us. */
export function formatTime(seconds: number): string {
  if (seconds >= 0.9995) return `${formatDigits(seconds)} s`;
  if (seconds >= 0.0009995) return `${formatDigits(seconds * 1e3)} ms`;
  return `${formatDigits(seconds * 1e6)} us`;
}

/** 48 KiB, 1 MiB, 1.5 GiB. */
export function formatBytes(bytes: number): string {
  const power = bytes >= 2 ** 30 ? 3 : bytes >= 2 ** 20 ? 2 : 1;
  const value = bytes / 1024 ** power;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${['KiB', 'MiB', 'GiB'][power - 1]}`;
}

/** 1034 GOPS, 38.1 GB/s. */
export const formatRate = (perSecond: number, unit: string): string => `${formatDigits(perSecond / 1e9)} G${unit}`;

/** 0.985 is 98.5. */
export const formatPercent = (fraction: number): string => (fraction * 100).toFixed(1);

/** '1 thread', '4 threads'. */
export const formatCount = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
