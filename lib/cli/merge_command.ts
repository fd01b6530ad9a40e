// `octavo merge`: sketches of parts become the sketch of the whole.
import type { Command } from 'commander';
import { checkNewTarget } from './overwrite';

const DESCRIPTION =
  'Merge files of sketches, name by name. The result is the sketch of all their data, the same bytes whatever the ' +
  'order of the files and whoever made them.';

interface Flags {
  output: string;
  force?: boolean;
  json?: boolean;
}

async function merge(files: readonly string[], flags: Flags, command: Command): Promise<void> {
  const { output, force, json } = flags;
  if (output === '-' && json) command.error('error: --json and -o - cannot both go to stdout');
  checkNewTarget(output, force);
  // Imported here, so that help and wrong usage need no native addon.
  const { mergeSketchFiles } = await import('../calibrate/merge_sketch_files.js');
  const { reportOutput, writeOutput } = await import('./sketch_output.js');
  const sketches = mergeSketchFiles(files);
  writeOutput(output, sketches);
  reportOutput(output, sketches, json);
}

/** Adds the command to the program. */
export function registerMerge(program: Command): void {
  program
    .command('merge')
    .description(DESCRIPTION)
    .summary('merge files of sketches into one')
    .argument('<files...>', 'files of sketches')
    .requiredOption('-o, --output <file>', 'where the merged sketches go; - prints them as JSON')
    .option('--force', 'replace an output that exists')
    .option('--json', 'print one JSON object instead of the table')
    .addHelpText('after', '\nExample:\n  octavo merge monday.json tuesday.bin -o week.json')
    .action((files: string[], flags: Flags, command: Command) => merge(files, flags, command));
}
