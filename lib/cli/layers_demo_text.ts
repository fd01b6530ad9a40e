// What the demo of layers found out, for a terminal.
import type { LayersDemoResult } from '../demo';
import { formatTable } from './text_table';

/** 1234567.891 → "1,234,567.9": independent of the system's language. */
function formatNumber(value: number, decimals: number): string {
  const [whole = '', fraction] = value.toFixed(decimals).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

const formatPercent = (share: number): string => `${formatNumber(100 * share, 2)} %`;
const formatRange = (low: number, high: number): string => `${(100 * low).toFixed(2)}-${(100 * high).toFixed(2)} %`;

/** Three to four digits, whatever the size: 4.21 us, 38.2 us, 1,254 us. */
const formatTime = (us: number): string => `${formatNumber(us, us < 10 ? 2 : us < 100 ? 1 : 0)} us`;
const formatSize = (bytes: number): string => `${formatNumber(bytes / 1000, 1)} kB`;

/** "2.10 x faster"; "0.80 x the speed" where int8 loses. */
function formatSpeedup(ratio: number): string {
  return ratio >= 1 ? `${ratio.toFixed(2)} x faster` : `${ratio.toFixed(2)} x the speed`;
}

function timeRows(title: string, result: LayersDemoResult, kind: 'single' | 'batch'): string[][] {
  const { float32, int8 } = result.latency[kind];
  const row = (name: string, key: 'best' | 'median'): string[] => [
    `${title}, ${name}`,
    formatTime(float32[key]),
    formatTime(int8[key]),
    formatSpeedup(result.speedup[kind][key]),
  ];
  return [row('best', 'best'), row('median', 'median')];
}

function notes({ data, model, machine, peak, activations }: LayersDemoResult): string[] {
  const { share, layerGops, peakGops, m, k, n } = peak;
  const calibrated =
    data.calibrationImages > 0 ? `, ${formatNumber(data.calibrationImages, 0)} more for calibration` : '';
  return [
    `peak    int8 layer ${k}x${n}, batch ${m}, one thread: ${formatNumber(layerGops.best, 0)} GOPS,`,
    `        ${(100 * share).toFixed(0)} % of this CPU's ${formatNumber(peakGops.best, 0)} GOPS instruction peak`,
    `system  ${machine.isa}, ${machine.threads} thread${machine.threads === 1 ? '' : 's'}, Node ${machine.node}, ${machine.platform}`,
    `cpu     ${machine.cpu}`,
    `model   ${model.widths.join('-')}, ${activations} activations, ${model.embedded ? 'shipped with octavo' : model.file}`,
    `data    ${formatNumber(data.images, 0)} images${calibrated}: ${data.source}`,
  ];
}

/** The result as a table of at most 80 columns, and where the figures come from. */
export function formatLayersDemo(result: LayersDemoResult): string {
  const { bytes, accuracy, latency } = result;
  const { float32, int8, agreement } = accuracy;
  const table = formatTable(
    ['', 'float32', 'int8', ''],
    [
      ['weights', formatSize(bytes.float32), formatSize(bytes.int8), `${bytes.ratio.toFixed(2)} x smaller`],
      ['accuracy', formatPercent(float32.value), formatPercent(int8.value), `${formatPercent(agreement.value)} agree`],
      ['  95 % interval', formatRange(float32.low, float32.high), formatRange(int8.low, int8.high)],
      ...timeRows('one image', result, 'single'),
      ...timeRows(`batch of ${latency.batch.rows}`, result, 'batch'),
    ],
  );
  return `${table}\n${notes(result).join('\n')}\n`;
}
