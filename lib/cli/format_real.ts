// Real numbers for tables: four significant digits.

/** -3.921, 0.03076, 1.5e-9; a dash for null. */
export function formatReal(value: number | null): string {
  if (value === null) return '-';
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : value < 0 ? '-Inf' : 'NaN';
  const text = value.toPrecision(4);
  return text.includes('e') ? String(Number(text)) : text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}
