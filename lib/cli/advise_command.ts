// `octavo advise`: how to quantize a model, and the evidence.
import type { Command } from 'commander';
import { Option } from 'commander';
import type { PreprocessingName } from '../onnx/data';
import type { Feeds } from '../onnx/model';
import { TARGETS, type Target } from '../onnx/targets';
import { parseInteger } from './parse_options';
import { startProgress } from './progress';
import { parseAmount } from './quantize_flags';
import { wrapText } from './wrap_text';

const DESCRIPTION =
  'Advise how to quantize an ONNX model for a runtime: mode, method and the command, with the evidence. Where it can, it makes ' +
  'the forms that may fit, times them beside the float model and compares their outputs; it writes nothing.';

const AFTER_HELP = `
Without samples, speed is measured on random data, and accuracy is not.

Examples:
  octavo advise model.onnx
  octavo advise model.onnx --calib samples/ --tolerance 25 --target ort-web`;

interface Flags {
  target?: Target;
  calib?: string;
  samples: number;
  preprocess?: PreprocessingName;
  tolerance?: number;
  measure: boolean;
  json?: boolean;
}

async function samplesOf(
  inputs: Parameters<typeof import('../onnx/data/index.js').openSamples>[1],
  flags: Flags,
): Promise<Feeds[]> {
  if (flags.calib === undefined) return [];
  const { openSamples } = await import('../onnx/data/index.js');
  const found: Feeds[] = [];
  for await (const feeds of await openSamples(flags.calib, inputs, {
    limit: flags.samples,
    preprocess: flags.preprocess,
  }))
    found.push(feeds);
  return found;
}

async function adviseOn(file: string, flags: Flags): Promise<void> {
  const { advise } = await import('../onnx/advise/index.js');
  const { readModel } = await import('../onnx/read/index.js');
  const { validateModel } = await import('../onnx/validate/index.js');
  const model = readModel(file);
  validateModel(model);
  const { target, tolerance, measure, calib } = flags;
  const progress = startProgress(!flags.json);
  progress.update('trying', 0);
  const samples = await samplesOf(model.graph.inputs, flags);
  const advice = await advise(model, { target, tolerance, measure, samples, source: file, samplesPath: calib }).finally(
    progress.stop,
  );
  const width = Math.min(process.stdout.columns ?? 80, 100);
  const { command, lines } = advice;
  const text = lines.map((line) => (line === command ? `\n  ${line}\n` : wrapText(line, width, '    ')));
  process.stdout.write(flags.json ? `${JSON.stringify({ file, ...advice }, null, 2)}\n` : `${text.join('\n')}\n`);
}

/** Adds the command to the program. */
export function registerAdvise(program: Command): void {
  program
    .command('advise')
    .description(DESCRIPTION)
    .summary('say how to quantize an ONNX model, and why')
    .argument('<model>', 'the float model, .onnx')
    .addOption(
      new Option('--target <target>', 'what will run it (default: the runtime installed here)').choices(TARGETS),
    )
    .option('--calib <path>', 'samples, in the forms of octavo quantize')
    .option('--samples <n>', 'at most so many of them', parseInteger, 32)
    .option('--preprocess <name>', 'how images become tensors, such as imagenet')
    .option('--tolerance <dB>', 'least signal to noise ratio of the outputs that is accepted', parseAmount)
    .option('--no-measure', 'judge by the structure alone: try and time nothing')
    .option('--json', 'print one JSON object')
    .addHelpText('after', AFTER_HELP)
    .action((file: string, flags: Flags) => adviseOn(file, flags));
}
