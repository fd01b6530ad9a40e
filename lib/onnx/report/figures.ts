// How the report writes figures: three to four digits, with a unit.

const digits = (value: number): string => value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);

/** 312 kB, 24.6 MB; decimal, as files are listed. */
export function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${digits(bytes / 1e3)} kB`;
  return bytes < 999.5e6 ? `${digits(bytes / 1e6)} MB` : `${digits(bytes / 1e9)} GB`;
}

/** 17.3 us, 2.08 ms. */
export function showTime(seconds: number): string {
  if (seconds >= 0.9995) return `${digits(seconds)} s`;
  return seconds >= 0.0009995 ? `${digits(seconds * 1e3)} ms` : `${digits(seconds * 1e6)} us`;
}

/** 41.2 dB; null is a perfect match. */
export function showDecibel(value: number | null): string {
  return value === null ? 'exact' : `${value.toFixed(1)} dB`;
}

/** 98.26 %. */
export const showShare = (share: number): string => `${(100 * share).toFixed(2)} %`;

export const showRatio = (ratio: number): string => digits(ratio);

/** -3.921, 0.03076, 1.5e-9: four significant digits. */
export function showReal(value: number | null): string {
  if (value === null) return '-';
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const text = value.toPrecision(4);
  return text.includes('e') ? String(Number(text)) : text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}
