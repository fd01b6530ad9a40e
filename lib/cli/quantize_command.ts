// `octavo quantize`: an ONNX model in integers, with a verdict.
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { fileError } from '../files/file_access';
import type { ProgressEvent, QuantizeResult } from '../onnx/quantize';
import { loadEvaluation } from './evaluation_module';
import { EXIT } from './exit';
import { writeText } from './output_file';
import { checkNewTarget } from './overwrite';
import { parseInteger } from './parse_options';
import { NO_PROGRESS, type Progress, startProgress } from './progress';
import { addCheckpointOptions, isCheckpoint, quantizeCheckpoint } from './quantize_checkpoint';
import { defaultOutput, type OnnxFlags, parseAmount, type QuantizeFlags, toQuantizeOptions } from './quantize_flags';
import { addDataOptions, addModelOptions, CHECKPOINT_ONLY } from './quantize_options';
import { formatQuantizeReport } from './quantize_text';

const DESCRIPTION =
  'Quantize an ONNX model for the runtime that will run it, check which layers run on int8 kernels there, and measure what ' +
  "it gains and costs; or the linear layers of a checkpoint in safetensors files, with a table of each layer's error. " +
  'The model that comes in is never changed.';

const AFTER_HELP = `
Without --mode: static with --calib or --data-free; else dynamic if every layer
with weights is a MatMul or Gemm; else samples are asked for.

Samples (--calib): a folder of <input>.npy (axis 0 = samples), .npz or images, a
file .npz, .jsonl of token ids or .mjs that exports an async generator of feeds,
or random:N, which fits measurements of speed and nothing else.

Evaluation (--eval): a module whose default export takes a model with run(feeds)
and returns { correct, total }, { loss } or a number (higher is better).

Patterns: a layer's name with * and ?, op:Softmax, or /regular expression/.
Settings of --override: float int8 uint8 int16 uint16 symmetric asymmetric
per-channel per-tensor 7bit minmax mse entropy auto 99.99.

Exit code 1: the budget was missed, or the model refused; nothing is written.

Examples:
  octavo quantize encoder.onnx
  octavo quantize resnet.onnx --calib samples/ --report resnet.html
  octavo quantize resnet.onnx --calib samples/ --eval top1.mjs --max-drop 0.5
  octavo quantize decoder.onnx --mode weight-only --weight-format int4
  octavo quantize model.safetensors --weight-format nf4`;

const STEP_NAMES: Readonly<Record<ProgressEvent['phase'], string>> = {
  read: 'reading',
  prepare: 'preparing the graph',
  calibrate: 'calibrating',
  correct: 'improving accuracy',
  quantize: 'quantizing',
  check: 'checking',
  evaluate: 'evaluating',
  sensitivity: 'ranking layers',
  measure: 'measuring speed',
};

const showProgress =
  (progress: Progress) =>
  ({ phase, done, total }: ProgressEvent): void => {
    const counted = total === undefined && done > 0 ? ` ${done}` : '';
    progress.update(STEP_NAMES[phase] + counted, total === undefined ? 0 : done / Math.max(total, 1));
  };

/** The same file by another name must not be replaced either. */
function checkNotInput(input: string, output: string): void {
  const real = (file: string): string => {
    try {
      return realpathSync(file);
    } catch {
      return path.resolve(file);
    }
  };
  if (real(input) === real(output)) throw fileError(output, 'is the model itself, which is never replaced');
}

/** Options that belong together; checkpoints have some that ONNX models do not. */
function checkUsage(flags: QuantizeFlags, command: Command): asserts flags is OnnxFlags {
  if (CHECKPOINT_ONLY.some((format) => format === flags.weightFormat))
    command.error(`error: --weight-format ${flags.weightFormat} is for checkpoints (.safetensors)`);
  for (const name of ['include', 'shardSize', 'clip'] as const)
    if (flags[name] !== undefined)
      command.error(`error: --${name.replace('S', '-s')} is for checkpoints (.safetensors)`);
  if (flags.doubleQuantization === false)
    command.error('error: --no-double-quantization is for checkpoints (.safetensors)');
  if (flags.maxDrop !== undefined && flags.eval === undefined)
    command.error('error: --max-drop needs --eval FILE.mjs to measure what is lost; --min-sqnr does without');
  if ((flags.calib ?? flags.sketches) !== undefined && flags.dataFree)
    command.error('error: --calib and --data-free exclude each other');
}

interface Written {
  readonly output: string | null;
  readonly reportFile: string | null;
}

/** Writes what was asked for. A model that missed its budget is not written, its page is. */
function write(result: QuantizeResult, output: string, flags: OnnxFlags): Written {
  const missed = result.verdict.budget === 'missed';
  if (flags.report !== undefined && !flags.dryRun) writeText(flags.report, result.toHtml());
  if (!missed && !flags.dryRun) result.save(output);
  return { output: missed || flags.dryRun ? null : output, reportFile: flags.dryRun ? null : (flags.report ?? null) };
}

function closing({ output, reportFile }: Written, flags: OnnxFlags): string {
  const model =
    output === null ? (flags.dryRun ? 'dry run: nothing is written' : 'nothing is written') : `written to ${output}`;
  return `\n${model}${reportFile === null ? '' : `; report: ${reportFile}`}\n`;
}

async function quantizeModel(input: string, flags: QuantizeFlags, command: Command): Promise<void> {
  checkUsage(flags, command);
  const output = flags.output ?? defaultOutput(input, flags.mode ?? 'static', flags);
  checkNotInput(input, output);
  for (const target of [output, flags.report, flags.saveSketches])
    if (target !== undefined && !flags.dryRun) checkNewTarget(target, flags.force);
  // Imported here, so that help and wrong usage need no native addon.
  const { quantize } = await import('../onnx/quantize/index.js');
  const evaluate = flags.eval === undefined ? undefined : await loadEvaluation(flags.eval);
  const progress = flags.json || flags.quiet ? NO_PROGRESS : startProgress(true);
  const sketches =
    flags.sketches && (await import('../calibrate/merge_sketch_files.js')).mergeSketchFiles(flags.sketches);
  const options = { ...toQuantizeOptions(flags), sketches, evaluate, onProgress: showProgress(progress) };
  const result = await quantize(input, options).finally(progress.stop);
  const written = write(result, output, flags);
  if (flags.saveSketches !== undefined && !flags.dryRun)
    (await import('../calibrate/sketch_file.js')).writeSketches(flags.saveSketches, result.sketches);
  const { verdict, report } = result;
  if (flags.json) process.stdout.write(`${JSON.stringify({ ...written, verdict, report }, null, 2)}\n`);
  else if (!flags.quiet) process.stdout.write(formatQuantizeReport(report, columns()) + closing(written, flags));
  if (verdict.budget !== 'missed') return;
  if (flags.quiet) process.stderr.write(`octavo: not written: ${verdict.line}\n`);
  process.exitCode = EXIT.refused;
}

const columns = (): number => Math.min(process.stdout.columns ?? 80, 100);
/** Adds the command to the program. */
export function registerQuantize(program: Command): void {
  const command = program
    .command('quantize')
    .description(DESCRIPTION)
    .summary('quantize an ONNX model or a checkpoint')
    .argument('<model>', 'the float model: .onnx; .safetensors, .safetensors.index.json, or a folder with one');
  addCheckpointOptions(addDataOptions(addModelOptions(command)))
    .option('--eval <file>', 'module that scores a model')
    .option('--max-drop <points>', 'most that may be lost of that score: percentage points, or percent', parseAmount)
    .option('--min-sqnr <dB>', 'least signal to noise ratio of the output', parseAmount)
    .addOption(
      new Option('--suffix <style>', 'names of outputs as transformers.js has them').choices([
        'octavo',
        'transformers',
      ]),
    )
    .option('--report <file>', 'write everything as one page, .html')
    .option('--sensitivity', 'rank layers by what they cost, even where no budget is missed')
    .option('--no-measure', 'do not time the models')
    .option('--threads <n>', 'threads of calibration and evaluation', parseInteger)
    .option('--json', 'print one JSON object instead of the summary')
    .option('--force', 'replace files that exist')
    .option('--quiet', 'print nothing but errors')
    .option('--dry-run', 'do everything but write')
    .addHelpText('after', AFTER_HELP)
    .action((model: string, flags: QuantizeFlags, self: Command) =>
      isCheckpoint(model) ? quantizeCheckpoint(model, flags, self) : quantizeModel(model, flags, self),
    );
}
