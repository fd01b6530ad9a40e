// `octavo demo`: the main job, told in one table.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DemoOptions, DemoResult } from '../demo';
import { startProgress } from './progress';
import { formatTable } from './text_table';

const DESCRIPTION =
  'Quantize a small digit classifier to int8 and compare it with the float32 original: size, accuracy, agreement, ' +
  'speed. Without options it uses the model that ships with the package and draws its own test digits.';

const AFTER_HELP = `
Images and labels are IDX files as MNIST has them, gzipped or not, of any number
of dimensions. Integers are multiplied with the model's metadata input_scale; by
default uint8 with 1/255, others with 1. Weights are safetensors: float32 pairs
<layer>.weight [outputs, inputs] and <layer>.bias [outputs], with ReLU between.
With static activations the first tenth of the file, at most 1000 images, sets
the ranges, and only the rest is scored.`;

interface Flags {
  images?: string;
  labels?: string;
  weights?: string;
  count?: number;
  seed?: number;
  activations: 'dynamic' | 'static';
  batch: number;
  json?: boolean;
}

function parseWhole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function toOptions(flags: Flags, command: Command): DemoOptions {
  const { images, labels, weights, count, seed, activations, batch } = flags;
  if ((images === undefined) !== (labels === undefined))
    command.error('error: --images and --labels must be given together');
  const files = images !== undefined && labels !== undefined ? { images, labels } : undefined;
  if (files !== undefined && seed !== undefined)
    command.error('error: --seed is for drawn digits; with --images there are none');
  return { weights, files, count, seed, activations, batch };
}

async function demo(flags: Flags, command: Command): Promise<void> {
  const options = toOptions(flags, command);
  // Imported here, so that help and wrong usage need no native addon.
  const { runDemo } = await import('../demo/index.js');
  const progress = startProgress(!flags.json);
  let result: DemoResult;
  try {
    result = await runDemo({ ...options, onProgress: progress.update });
  } finally {
    progress.stop();
  }
  process.stdout.write(flags.json ? `${JSON.stringify(result, null, 2)}\n` : formatDemo(result));
}

/** Adds the command to the program. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(DESCRIPTION)
    .summary('quantize a classifier and compare it with the original')
    .option('--images <file>', 'test images, IDX (.gz); needs --labels')
    .option('--labels <file>', 'their labels, IDX (.gz)')
    .option('--weights <file>', 'the model, safetensors')
    .option('--count <n>', 'test images: to draw (default 5000), or the first of the file', parseWhole)
    .option('--seed <n>', 'seed of the drawn digits (default 1)', parseWhole)
    .addOption(
      new Option('--activations <kind>', 'how activations are scaled')
        .choices(['dynamic', 'static'])
        .default('dynamic'),
    )
    .option('--batch <n>', 'images in a batch', parseWhole, 256)
    .option('--json', 'print one JSON object instead of the table')
    .addHelpText('after', AFTER_HELP)
    .action((flags: Flags, command: Command) => demo(flags, command));
}

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

function timeRows(title: string, result: DemoResult, kind: 'single' | 'batch'): string[][] {
  const { float32, int8 } = result.latency[kind];
  const row = (name: string, key: 'best' | 'median'): string[] => [
    `${title}, ${name}`,
    formatTime(float32[key]),
    formatTime(int8[key]),
    formatSpeedup(result.speedup[kind][key]),
  ];
  return [row('best', 'best'), row('median', 'median')];
}

function notes({ data, model, machine, peak, activations }: DemoResult): string[] {
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
export function formatDemo(result: DemoResult): string {
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
