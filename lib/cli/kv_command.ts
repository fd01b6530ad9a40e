// `octavo kv bench`: what a cache of keys and values as codes saves, and what it costs.
import { type Command, InvalidArgumentError } from 'commander';
import type { KvBenchOptions, KvBenchReport } from '../../bench/kv/run_kv';
import { checkTarget, writeJson } from './output_file';
import { parseInteger } from './parse_options';
import { formatTable } from './text_table';

const DESCRIPTION =
  'Measure a cache of keys and values as codes of a few bits: its bytes, counted; how far attention over it is from exact attention on a ' +
  'synthetic needle test; and the time of one token over a long cache beside the same over float16, in turns.';

interface Flags extends Omit<KvBenchOptions, 'keyBits' | 'valueBits' | 'headDim'> {
  readonly bits: number;
  readonly keys?: number;
  readonly values?: number;
  readonly dim: number;
  readonly json?: string;
}

function within(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = parseInteger(text);
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be from ${least} to ${most}.`);
  };
}

const MIB = 2 ** 20;
const micro = (microseconds: number): string => `${(microseconds / 1000).toFixed(2)} ms`;

function formatKvBench({ isa, options, memory, needle, speed }: KvBenchReport): string {
  const { keyBits, valueBits, headDim, kvHeads, queryHeads, tokens } = options;
  const lines = [
    `keys ${keyBits} bits, values ${valueBits} bits, ${kvHeads} heads of ${headDim}, ${isa}, ${options.threads} thread(s)`,
    `memory  ${memory.keyBitsPerValue} bits a value of keys, ${memory.valueBitsPerValue} of values, ${memory.bitsPerValue} of both: 1/${memory.ratio.toFixed(2)} of float16`,
    '',
  ];
  if (needle.length > 0) {
    const rows = needle.map(({ set, center, balance, divergence, top1 }) => [
      ...[set, center ? 'yes' : 'no', balance ? 'yes' : 'no', divergence.toFixed(4), top1.toFixed(3)],
    ]);
    lines.push(formatTable(['needle test', 'centred', 'balanced', 'KL', 'top-1'], rows));
  }
  if (speed !== null) {
    const rows = [
      ['codes', micro(speed.codes.best), micro(speed.codes.median), `${Math.round(speed.codeBytes / MIB)} MiB`],
      [
        'float16',
        micro(speed.float16.best),
        micro(speed.float16.median),
        `${Math.round(speed.float16Bytes / MIB)} MiB`,
      ],
      [
        'ratio',
        speed.ratio.toFixed(2),
        speed.medianRatio.toFixed(2),
        (speed.float16Bytes / speed.codeBytes).toFixed(2),
      ],
    ];
    lines.push(
      formatTable([`${queryHeads} query heads, ${tokens} tokens`, 'best', 'median', `${speed.layers} layer(s)`], rows),
    );
  }
  return `${lines.join('\n')}`;
}

async function kvBench({ bits, keys = bits, values = bits, dim, json, ...rest }: Flags): Promise<void> {
  if (json !== undefined) checkTarget(json);
  const { runKvBench } = await import('../../bench/kv/run_kv.js');
  const report = runKvBench({ ...rest, keyBits: keys, valueBits: values, headDim: dim });
  if (json !== undefined) writeJson(json, report);
  if (json !== '-') process.stdout.write(formatKvBench(report));
}

/** Adds the command to the program. */
export function registerKv(program: Command): void {
  const kv = program.command('kv').description('Caches of keys and values as codes.').summary('caches of attention');
  kv.command('bench')
    .description(DESCRIPTION)
    .summary('bytes, accuracy and time of a cache')
    .option('--bits <b>', 'bits of keys and of values', within(1, 8), 4)
    .option('--keys <b>', 'bits of keys (default: --bits)', within(1, 8))
    .option('--values <b>', 'bits of values (default: --bits)', within(1, 8))
    .option('--dim <d>', 'values of a head', within(8, 16384), 128)
    .option('--kv-heads <n>', 'heads of keys and values', within(1, 64), 8)
    .option('--query-heads <n>', 'heads of queries, a multiple of those of keys', within(1, 1024), 8)
    .option('--tokens <n>', 'tokens of the cache', within(1, 1048576), 32768)
    .option('--layers <n>', 'layers; 0 for as many as exceed 64 MiB', within(0, 256), 0)
    .option('--rounds <n>', 'how often every layer is timed; 0 leaves the time out', within(0, 1000), 15)
    .option('--seeds <n>', 'seeds of the needle test; 0 leaves it out', within(0, 64), 4)
    .option('--threads <n>', 'threads of both', within(1, 1024), 1)
    .option('--json <file>', 'write the figures to a file; - prints them instead')
    .action((flags: Flags) => kvBench(flags));
}
