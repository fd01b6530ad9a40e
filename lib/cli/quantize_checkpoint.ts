// `octavo quantize` of a checkpoint in safetensors files.
import fs from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CheckpointFormat, Conversion, ConvertOptions, NamePattern } from '../checkpoint';
import { fileError } from '../files/file_access';
import { formatConversion } from './conversion_text';
import { onInterrupt } from './exit';
import { checkNewTarget } from './overwrite';
import { NO_PROGRESS, startProgress } from './progress';
import { parsePattern, type QuantizeFlags } from './quantize_flags';
import { collect } from './quantize_options';

const [FILE_ENDING, INDEX_ENDING] = ['.safetensors', '.safetensors.index.json'];
const FOLDER_NAMES = [`model${FILE_ENDING}`, `model${INDEX_ENDING}`];

/** True for what is read as safetensors files: a file or an index by its name, and any folder. */
export function isCheckpoint(model: string): boolean {
  if (model.endsWith(FILE_ENDING) || model.endsWith('.json')) return true;
  return fs.statSync(model, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** `5e9`, `500MB` or `5GB`. */
function parseBytes(text: string): number {
  const [, digits, unit = ''] = /^([\d.]+(?:e\d+)?)\s*([kMG]B)?$/.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * ({ '': 1, kB: 1e3, MB: 1e6, GB: 1e9 }[unit] ?? 1));
  if (bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('It must be a number of bytes above 0, such as 500MB or 5GB.');
}

/** Adds what only checkpoints have. */
export function addCheckpointOptions(command: Command): Command {
  return command
    .option('--include <pattern>', 'checkpoints: quantize these matrices; may be repeated', collect(parsePattern))
    .addOption(
      new Option('--clip <how>', 'checkpoints, integers: scales of least error, or of the range').choices([
        'mse',
        'range',
      ]),
    )
    .option('--no-double-quantization', 'checkpoints, nf4 and fp4: magnitudes in 32 bits')
    .option('--shard-size <bytes>', 'checkpoints with an index: most data in a file, such as 5GB', parseBytes);
}

/** What an option of the command line is for a checkpoint; all others are for ONNX models. */
const TAKEN = new Set([
  ...['output', 'weightFormat', 'block', 'float16Rest', 'exclude', 'threads', 'json', 'force', 'quiet'],
  ...['include', 'clip', 'doubleQuantization', 'shardSize'],
]);

function checkUsage(flags: QuantizeFlags, command: Command): CheckpointFormat {
  const { weightFormat = 'nf4' } = flags;
  for (const { attributeName, long } of command.options.map((option) => ({
    attributeName: option.attributeName(),
    long: option.long,
  })))
    if (command.getOptionValueSource(attributeName) === 'cli' && !TAKEN.has(attributeName))
      command.error(`error: ${long} is for ONNX models, not for checkpoints`);
  if (weightFormat === 'uint8') command.error('error: --weight-format uint8 is for ONNX models; checkpoints have int8');
  return weightFormat as CheckpointFormat;
}

/** Beside the checkpoint: model.nf4.safetensors. */
function defaultTarget(file: string, format: string): string {
  const ending = file.endsWith(INDEX_ENDING) ? INDEX_ENDING : path.extname(file);
  return `${file.slice(0, -ending.length)}.${format}${ending === '.json' ? INDEX_ENDING : ending}`;
}

/** Refuses what is there already, in a folder under the names that it would get. */
function checkTarget(target: string, force: boolean | undefined): void {
  const isFolder = /[\\/]$/.test(target) || (fs.statSync(target, { throwIfNoEntry: false })?.isDirectory() ?? false);
  if (!isFolder) checkNewTarget(target, force);
  const found = FOLDER_NAMES.map((name) => path.join(target, name)).find((file) => fs.existsSync(file));
  if (isFolder && found !== undefined && !force) throw fileError(found, 'exists already; --force replaces it');
}

function optionsOf(flags: QuantizeFlags, format: CheckpointFormat): ConvertOptions {
  const isCodebook = format === 'nf4' || format === 'fp4';
  return {
    format,
    group: flags.block,
    doubleQuantization: isCodebook || flags.doubleQuantization === false ? flags.doubleQuantization : undefined,
    clip: flags.clip,
    include: flags.include as NamePattern[] | undefined,
    exclude: flags.exclude as NamePattern[] | undefined,
    rest: flags.float16Rest ? 'float16' : undefined,
    maxShardBytes: flags.shardSize,
    threads: flags.threads,
  };
}

/** Converts with a bar, which an interrupt takes off together with all that was written. */
async function convertWithProgress(
  source: string,
  target: string,
  options: ConvertOptions,
  shown: boolean,
): Promise<Conversion> {
  const { convertCheckpoint } = await import('../checkpoint/index.js');
  const progress = shown ? startProgress(true) : NO_PROGRESS;
  const controller = new AbortController();
  const forget = onInterrupt(() => controller.abort());
  try {
    return await convertCheckpoint(source, target, {
      ...options,
      signal: controller.signal,
      onProgress: ({ name, done, total }) => progress.update(name.slice(-26), done / Math.max(total, 1)),
    });
  } finally {
    forget();
    progress.stop();
  }
}

/** Runs the command. */
export async function quantizeCheckpoint(model: string, flags: QuantizeFlags, command: Command): Promise<void> {
  const format = checkUsage(flags, command);
  const { checkpointFiles } = await import('../safetensors/index.js');
  const target = flags.output ?? defaultTarget(checkpointFiles(model).path, format);
  checkTarget(target, flags.force);
  const conversion = await convertWithProgress(model, target, optionsOf(flags, format), !flags.json && !flags.quiet);
  const { metadata, ...rest } = conversion;
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ ...rest, metadata: Object.fromEntries(metadata) }, null, 2)}\n`);
  else if (!flags.quiet) process.stdout.write(formatConversion(path.basename(model), conversion));
}
