// `octavo demo`: the main job, told in one table.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LayersDemoOptions } from '../demo';
import { formatModelDemo } from './demo_text';
import { formatLayersDemo } from './layers_demo_text';
import { startProgress } from './progress';

const DESCRIPTION =
  'Quantize a small ONNX model to int8 and compare it with the float32 original: size, accuracy, speed. It uses the digit ' +
  'classifier that ships with the package, and draws its own digits. With --layers it does the same with single layers, ' +
  "on octavo's own kernels.";

const AFTER_HELP = `
Speed is measured in onnxruntime-node where it is installed.

With --layers: images and labels are IDX files as MNIST has them, gzipped or
not, of any number of dimensions. Integers are multiplied with the model's
metadata input_scale; by default uint8 with 1/255, others with 1. Weights are
safetensors: float32 pairs <layer>.weight [outputs, inputs] and <layer>.bias
[outputs], with ReLU between. With static activations the first tenth of the
file, at most 1000 images, sets the ranges, and only the rest is scored.`;

interface Flags {
  layers?: boolean;
  images?: string;
  labels?: string;
  weights?: string;
  count?: number;
  seed?: number;
  activations?: 'dynamic' | 'static';
  batch?: number;
  json?: boolean;
}

/** Options that mean nothing to the model. */
const OF_LAYERS = ['images', 'labels', 'weights', 'activations', 'batch'] as const;

function parseWhole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function toLayersOptions(flags: Flags, command: Command): LayersDemoOptions {
  const { images, labels, weights, count, seed, activations, batch } = flags;
  if ((images === undefined) !== (labels === undefined))
    command.error('error: --images and --labels must be given together');
  const files = images !== undefined && labels !== undefined ? { images, labels } : undefined;
  if (files !== undefined && seed !== undefined)
    command.error('error: --seed is for drawn digits; with --images there are none');
  return { weights, files, count, seed, activations, batch };
}

function checkUsage(flags: Flags, command: Command): void {
  const foreign = flags.layers ? undefined : OF_LAYERS.find((name) => flags[name] !== undefined);
  if (foreign !== undefined) command.error(`error: --${foreign} is for --layers`);
}

async function demo(flags: Flags, command: Command): Promise<void> {
  checkUsage(flags, command);
  const layers = flags.layers ? toLayersOptions(flags, command) : undefined;
  const { count, seed, json } = flags;
  // Imported here, so that help and wrong usage need no native addon.
  const { runLayersDemo, runModelDemo } = await import('../demo/index.js');
  const progress = startProgress(!json);
  const onProgress = progress.update;
  const show = <Result>(result: Result, format: (result: Result) => string): string =>
    json ? `${JSON.stringify(result, null, 2)}\n` : format(result);
  const run = async (): Promise<string> =>
    layers === undefined
      ? show(await runModelDemo({ count, seed, onProgress }), formatModelDemo)
      : show(await runLayersDemo({ ...layers, onProgress }), formatLayersDemo);
  process.stdout.write(await run().finally(progress.stop));
}

/** Adds the command to the program. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(DESCRIPTION)
    .summary('quantize a classifier and compare it with the original')
    .option('--count <n>', 'test images: to draw (default 1000; 5000 for layers), or the first of the file', parseWhole)
    .option('--seed <n>', 'seed of the drawn digits (default 1)', parseWhole)
    .option('--layers', "fully connected layers, on octavo's own kernels")
    .option('--images <file>', 'with --layers: test images, IDX (.gz); needs --labels')
    .option('--labels <file>', 'with --layers: their labels, IDX (.gz)')
    .option('--weights <file>', 'with --layers: the model, safetensors')
    .addOption(
      new Option('--activations <kind>', 'with --layers: how activations are scaled (default dynamic)').choices([
        'dynamic',
        'static',
      ]),
    )
    .option('--batch <n>', 'with --layers: images in a batch (default 256)', parseWhole)
    .option('--json', 'print one JSON object instead of the table')
    .addHelpText('after', AFTER_HELP)
    .action((flags: Flags, command: Command) => demo(flags, command));
}
