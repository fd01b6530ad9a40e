// `octavo calibrate`: one pass over files of plain tensors.
import { type Command, Option } from 'commander';
import type { BadDataPolicy } from '../calibrate';
import { checkNewTarget } from './overwrite';
import { parseInteger, parseRatio, parseShape } from './parse_options';
import { startProgress } from './progress';

const DESCRIPTION =
  'Sketch the tensors in files: counts, exact ranges and sums, and a histogram, in one pass and in memory that does ' +
  'not grow with the data. Sketches do not depend on the order of the data, and merge.';

const AFTER_HELP = `
Files are NPY, NPZ, safetensors, IDX (gzipped or not), told apart by their first
bytes, or bare little-endian float32 values with --shape. The first axis is that
of the samples. Tensors of one name in several files make one sketch; arrays
without a name are called like their file, or as --name says. Other numbers than
float32 are converted; integers are multiplied with --scale first.
The output is JSON if its name ends in .json, - prints it; else it is binary.

Examples:
  octavo calibrate activations.npz -o activations.json
  octavo calibrate shard-*.npy --name conv1 --axis 1 -o conv1.bin
  octavo calibrate train-images.idx.gz --scale 1/255 -o images.json
  octavo calibrate dump.f32 --shape 3x224x224 -o input.json`;

interface Flags {
  output: string;
  bins?: number;
  axis?: number;
  name?: string;
  shape?: number[];
  scale?: number;
  policy: BadDataPolicy;
  force?: boolean;
  json?: boolean;
}

async function calibrate(files: readonly string[], flags: Flags, command: Command): Promise<void> {
  const { output, force, json, ...options } = flags;
  if (output === '-' && json) command.error('error: --json and -o - cannot both go to stdout');
  checkNewTarget(output, force);
  // Imported here, so that help and wrong usage need no native addon.
  const { calibrateFiles } = await import('./calibrate_files.js');
  const { reportOutput, writeOutput } = await import('./sketch_output.js');
  const progress = startProgress(!json);
  const sketches = await calibrateFiles(files, { ...options, onProgress: progress.update }).finally(progress.stop);
  writeOutput(output, sketches);
  reportOutput(output, sketches, json);
}

/** Adds the command to the program. */
export function registerCalibrate(program: Command): void {
  program
    .command('calibrate')
    .description(DESCRIPTION)
    .summary('sketch the values of tensors in files')
    .argument('<files...>', 'files of tensors')
    .requiredOption('-o, --output <file>', 'where the sketches go; - prints them as JSON')
    .option('--bins <n>', 'bins of each histogram, a power of two (default 4096)', parseInteger)
    .option('--axis <n>', 'one sketch for each index along this axis', parseInteger)
    .option('--name <name>', 'name of arrays that have none')
    .option('--shape <sizes>', 'files are bare float32 values of samples of this shape', parseShape)
    .option('--scale <x>', 'what integers are multiplied with, such as 1/255 (default 1)', parseRatio)
    .addOption(
      new Option('--policy <policy>', 'NaN and infinities: end with an error, or count them and leave them out')
        .choices(['error', 'ignore'])
        .default('error'),
    )
    .option('--force', 'replace an output that exists')
    .option('--json', 'print one JSON object instead of the table')
    .addHelpText('after', AFTER_HELP)
    .action((files: string[], flags: Flags, command: Command) => calibrate(files, flags, command));
}
