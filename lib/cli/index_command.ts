// `octavo index`: indexes of vectors, made from files, searched, and measured.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { IndexBenchFlags } from './index_bench';
import type { BuildFlags } from './index_build';
import type { SearchFlags } from './index_search';
import { parseInteger } from './parse_options';

const METRICS = ['ip', 'cosine', 'l2'];
const KEPT = ['none', 'float32', 'float16', 'int8'];

const BUILD =
  'Make an index of the vectors in a file: NPY, .fvecs, safetensors or any other that octavo calibrate reads. The file is ' +
  'read in pieces, so that it may be larger than memory; the index must fit. Nothing is trained.';
const SEARCH = 'Print the nearest vectors of each query in a file, best first.';
const BENCH =
  'Measure recall and speed of every width of codes beside exact search on one thread: on a synthetic set that resembles ' +
  'embeddings, or on vectors of your own.';

function parseBits(text: string): number | 'int8' | 'float32' {
  if (text === 'int8' || text === 'float32') return text;
  if (/^[1-8]$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be from 1 to 8, int8 or float32.');
}

function parseCount(text: string): number {
  const count = parseInteger(text);
  if (count >= 1) return count;
  throw new InvalidArgumentError('It must be 1 or more.');
}

const metricOption = () =>
  new Option('--metric <name>', 'inner product, cosine or squared distance').choices(METRICS).default('ip');
const tensorOption = () => new Option('--tensor <name>', 'which tensor of the file, where it has several');

function registerBuild(index: Command): void {
  index
    .command('build')
    .description(BUILD)
    .summary('make an index of the vectors in a file')
    .argument('<vectors>', 'file of vectors, [count, dim]')
    .requiredOption('-o, --output <file>', 'where the index goes')
    .option('--bits <n>', 'bits of a code, 1 to 8, or int8 or float32', parseBits, 4)
    .addOption(metricOption())
    .addOption(new Option('--keep <type>', 'what is kept of each vector for --rerank').choices(KEPT).default('none'))
    .option('--seed <n>', 'of the rotation', parseInteger, 0)
    .addOption(tensorOption())
    .option('--force', 'replace an output that exists')
    .option('--json', 'print one JSON object instead of the summary')
    .addHelpText('after', '\nExample:\n  octavo index build base.npy --bits 4 --metric cosine -o base.octidx')
    .action(async (file: string, flags: BuildFlags) => (await import('./index_build.js')).buildIndex(file, flags));
}

function registerSearch(index: Command): void {
  index
    .command('search')
    .description(SEARCH)
    .summary('print the nearest vectors of each query')
    .argument('<index>', 'file that octavo index build wrote')
    .argument('<queries>', 'file of vectors, [count, dim]')
    .option('-k <n>', 'how many for each query', parseCount, 10)
    .option('--rerank <factor>', 'score factor times k of the best exactly, by what the index keeps', parseCount)
    .addOption(tensorOption())
    .option('--json', 'print one JSON object instead of lines')
    .addHelpText('after', '\nExample:\n  octavo index search base.octidx queries.npy -k 5')
    .action(async (file: string, queries: string, flags: SearchFlags) =>
      (await import('./index_search.js')).searchIndex(file, queries, flags),
    );
}

function registerBench(index: Command): void {
  index
    .command('bench')
    .description(BENCH)
    .summary('measure recall and speed')
    .argument('[vectors]', 'file of vectors, [count, dim]; default: a synthetic set')
    .option('--queries <file>', 'queries; default: some of the vectors, which are left out of the index')
    .addOption(new Option('--metric <name>', 'of the vectors').choices(METRICS).default('cosine'))
    .addOption(tensorOption())
    .option('--scan <count>', 'vectors of 768 random values that are scanned from memory, for speed', parseCount)
    .option('--json', 'print one JSON object instead of tables')
    .addHelpText(
      'after',
      '\nExamples:\n  octavo index bench --scan 1000000\n  octavo index bench base.npy --queries queries.npy',
    )
    .action(async (file: string | undefined, flags: IndexBenchFlags) =>
      (await import('./index_bench.js')).benchIndex(file, flags),
    );
}

/** Adds the command to the program. */
export function registerIndex(program: Command): void {
  const index = program
    .command('index')
    .description('Search vectors in codes of a few bits: make an index from a file, search it, measure it.')
    .summary('make, search and measure indexes of vectors');
  registerBuild(index);
  registerSearch(index);
  registerBench(index);
}
