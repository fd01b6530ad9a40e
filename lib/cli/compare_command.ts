// `octavo compare`: two models on the same samples, tensor by tensor.
import type { Command } from 'commander';
import type { ModelComparison } from '../onnx/compare';
import type { PreprocessingName } from '../onnx/data';
import { showDecibel, showRatio, showReal, showShare, showTime } from '../onnx/report';
import { parseInteger } from './parse_options';
import { startProgress } from './progress';
import { formatTable } from './text_table';

const DESCRIPTION =
  'Run two ONNX models on the same samples and compare them: each tensor that both have, in the order of the graph, the ' +
  'first that diverges, the outputs, and the speed of both where onnxruntime-node is installed.';

const AFTER_HELP = `
Tensors are compared with every node run as it stands, outputs and speed as the
runtime optimizes the models. Samples have the forms of octavo quantize --calib.
Signal to noise ratios tell where error comes from, not how accurate a model is.

Examples:
  octavo compare model.onnx model.int8.onnx --data samples/
  octavo compare model.onnx model.int8.onnx --data random:4 --json`;

interface Flags {
  data: string;
  samples: number;
  preprocess?: PreprocessingName;
  divergence?: number;
  layers: boolean;
  measure: boolean;
  threads?: number;
  json?: boolean;
}

/** -120 dB and more: JSON and people know no infinity. */
const decibel = (sqnr: number): string =>
  sqnr === Number.NEGATIVE_INFINITY ? 'lost' : showDecibel(Number.isFinite(sqnr) ? sqnr : null);

function layerTable({ layers, firstDivergence }: ModelComparison, width: number): string {
  const rows = layers.map((layer) => [
    layer === firstDivergence ? '>' : '',
    layer.tensor,
    layer.opType ?? 'input',
    decibel(layer.sqnr),
    layer.cosine.toFixed(6),
    showReal(layer.maxError),
  ]);
  return formatTable(['', 'tensor', 'operator', 'SQNR', 'cosine', 'max error'], rows, { width, optional: [2, 5] });
}

function outputLines({ outputs, samples, runtime }: ModelComparison): string[] {
  return outputs.map(({ output, sqnr, cosine, maxError, agreement }) => {
    const same =
      agreement === undefined
        ? ''
        : `, largest in the same place ${showShare(agreement.value)} (${(100 * agreement.low).toFixed(1)}-${(100 * agreement.high).toFixed(1)})`;
    return `${output}: ${decibel(sqnr)}, cosine ${cosine.toFixed(6)}, max error ${showReal(maxError)}${same}; ${samples} samples by ${runtime}`;
  });
}

function speedLines({ speed }: ModelComparison): string[] {
  if (speed === undefined) return [];
  const { a, b, ratio, threads } = speed;
  return [
    `speed: ${showTime(a.best / 1e6)} -> ${showTime(b.best / 1e6)}, ${showRatio(ratio)} x as fast, ${threads} thread${threads > 1 ? 's' : ''}, by turns`,
  ];
}

/** The comparison in lines of `width` columns. */
export function formatModelComparison(comparison: ModelComparison, width: number): string {
  const { layers, firstDivergence } = comparison;
  const table = layers.length === 0 ? '' : `${layerTable(comparison, width)}\n`;
  const first =
    firstDivergence === undefined
      ? []
      : [
          `first divergence: ${firstDivergence.tensor} of ${firstDivergence.opType ?? 'input'} ${firstDivergence.node ?? ''}`.trimEnd(),
        ];
  return `${table}${[...first, ...outputLines(comparison), ...speedLines(comparison)].join('\n')}\n`;
}

/** Infinities are null in JSON: a perfect match. */
const plain = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? null : value;

async function compare(first: string, second: string, flags: Flags): Promise<void> {
  const { compareModels } = await import('../onnx/compare/index.js');
  const { openSamples } = await import('../onnx/data/index.js');
  const { readModel } = await import('../onnx/read/index.js');
  const [a, b] = [readModel(first), readModel(second)];
  const { samples: limit, preprocess, layers, divergence, measure: speed, threads } = flags;
  const source = await openSamples(flags.data, a.graph.inputs, { limit, preprocess });
  const progress = startProgress(!flags.json);
  const comparison = await compareModels(a, b, source, {
    ...{ layers, speed, divergence, executor: { threads } },
    onProgress: ({ samples, total }) => progress.update('comparing', total === undefined ? 0 : samples / total),
  }).finally(progress.stop);
  if (flags.json) process.stdout.write(`${JSON.stringify({ a: first, b: second, ...comparison }, plain, 2)}\n`);
  else process.stdout.write(formatModelComparison(comparison, Math.min(process.stdout.columns ?? 80, 120)));
}

/** Adds the command to the program. */
export function registerCompare(program: Command): void {
  program
    .command('compare')
    .description(DESCRIPTION)
    .summary('compare two ONNX models tensor by tensor')
    .argument('<a>', 'an ONNX model')
    .argument('<b>', 'a model with the same inputs and outputs, such as a quantized form of a')
    .requiredOption('--data <path>', 'samples to run both on')
    .option('--samples <n>', 'at most so many of them', parseInteger, 32)
    .option('--preprocess <name>', 'how images become tensors, such as imagenet')
    .option('--divergence <dB>', 'below it, tensors have diverged (default 20)', parseInteger)
    .option('--no-layers', 'compare the outputs alone')
    .option('--no-measure', 'do not time the models')
    .option('--threads <n>', 'threads of each run', parseInteger)
    .option('--json', 'print one JSON object')
    .addHelpText('after', AFTER_HELP)
    .action((a: string, b: string, flags: Flags) => compare(a, b, flags));
}
