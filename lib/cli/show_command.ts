// `octavo show`: what is in sketches, and what each method makes of them.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { QuantizedType } from '../quantize';
import type { AnyScheme } from '../quantize/scheme';
import { writeText } from './output_file';
import { checkNewTarget } from './overwrite';
import type { SketchView } from './sketch_view';

const DESCRIPTION =
  'Show sketches: ranges, a histogram, and for every method the range that it chooses, its scale and zero point, the ' +
  'expected signal to noise ratio and the part of the values that it clips.';

const AFTER_HELP = `
The method marked with * has the least expected error: \`auto\` takes it. Bars are
as high as the logarithm of their counts. Errors are estimates, values taken to
be spread evenly over each bin. Sketches per channel are quantized per channel.

Examples:
  octavo show activations.json
  octavo show activations.json --tensor conv1 --type uint8 --asymmetric
  octavo show activations.json --html activations.html`;

const TYPES = ['int8', 'uint8', 'int16', 'uint16', 'int4', 'uint4'] as const satisfies readonly QuantizedType[];
/** Without a terminal, and at most: rows longer than that are hard to follow. */
const [WIDTH, WIDEST] = [80, 120];

interface Flags {
  type: (typeof TYPES)[number];
  asymmetric?: boolean;
  range?: 'full' | 'narrow';
  tensor?: string;
  html?: string;
  width?: number;
  force?: boolean;
  json?: boolean;
}

function parseWidth(text: string): number {
  const width = Number(text);
  if (/^\d+$/.test(text) && width >= 40 && width <= 400) return width;
  throw new InvalidArgumentError('It must be from 40 to 400.');
}

/** Whether the terminal's encoding has blocks; files and pipes are taken to be of the same. */
function hasUnicode({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  return process.platform === 'win32' || /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}

async function formatViews(views: readonly SketchView[], { width, tensor }: Flags): Promise<string> {
  const { formatOverview, formatView } = await import('./sketch_text.js');
  const columns = width ?? Math.min(process.stdout.columns ?? WIDTH, WIDEST);
  const only = views.length === 1 ? views[0] : undefined;
  if (only !== undefined) return formatView(only, { width: columns, unicode: hasUnicode(process.env) });
  const hint = tensor === undefined ? '\n--tensor <name> shows one of them in full, --html all\n' : '';
  return formatOverview(views, columns) + hint;
}

async function show(file: string, flags: Flags, command: Command): Promise<void> {
  const { type, asymmetric, range, tensor, html, json, force } = flags;
  if (html === '-' && json) command.error('error: --json and --html - cannot both go to stdout');
  if (html !== undefined) checkNewTarget(html, force);
  // Imported here, so that help and wrong usage need no native addon.
  const { viewSketches } = await import('./view_sketches.js');
  const scheme: AnyScheme = {
    type,
    symmetric: !asymmetric,
    granularity: 'tensor',
    ...(range === undefined ? {} : { range }),
  };
  const views = viewSketches(file, scheme, tensor);
  if (html !== undefined) {
    const { renderSketches } = await import('./sketch_page.js');
    writeText(html, renderSketches(views, scheme, file));
  }
  // One line: an indented histogram has thousands.
  if (json) writeText('-', `${JSON.stringify({ file, scheme, tensors: views })}\n`);
  else if (html !== '-') process.stdout.write(await formatViews(views, flags));
}

/** Adds the command to the program. */
export function registerShow(program: Command): void {
  program
    .command('show')
    .description(DESCRIPTION)
    .summary('show sketches and the thresholds of every method')
    .argument('<file>', 'a file of sketches')
    .addOption(new Option('--type <type>', 'quantized type').choices(TYPES).default('int8'))
    .option('--asymmetric', 'with a zero point; default symmetric')
    .addOption(
      new Option(
        '--range <range>',
        'whether the lowest value is used (default: narrow for symmetric signed types)',
      ).choices(['full', 'narrow']),
    )
    .option('--tensor <name>', 'only this tensor')
    .option('--html <file>', 'write a page with charts to a file; - prints it')
    .option('--width <columns>', "columns of the text (default: the terminal's, 80 without one)", parseWidth)
    .option('--force', 'replace a page that exists')
    .option('--json', 'print one JSON object instead')
    .addHelpText('after', AFTER_HELP)
    .action((file: string, flags: Flags, command: Command) => show(file, flags, command));
}
