// `octavo inspect`: what a model consists of, and how much of it can be quantized.
import type { Command } from 'commander';
import type { Amount, Inspection, PortInfo, Share } from '../onnx/inspect';
import { showBytes, showReal, showShare } from '../onnx/report';
import { formatCheckpoint, summarize } from './checkpoint_text';
import { parseInteger } from './parse_options';
import { isCheckpoint } from './quantize_checkpoint';
import { formatTable } from './text_table';

const DESCRIPTION =
  'Show what an ONNX model consists of: inputs and outputs, operators, parameters, multiplications, the largest weights with ' +
  'their ranges, and how much of it can be quantized or is. Of a checkpoint in safetensors files: its tensors.';

interface Flags {
  list?: number;
  json?: boolean;
}

/** Operators that are listed by themselves. */
const LISTED = 12;

const port = ({ name, elementType, dims }: PortInfo): string =>
  `${name} ${elementType} ${dims === null ? '' : `[${dims.map((dim) => dim ?? '?').join(', ')}]`}`.trimEnd();

/** 1.25 M, 312 k. */
function showCount(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} G`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(2)} M`;
  return count >= 1e4 ? `${(count / 1e3).toFixed(1)} k` : String(count);
}

const part = (value: number | null): string => (value === null ? '-' : showShare(value));

function shareRow(title: string, { parameters, bytes, macs }: Share): string[] {
  return [title, part(parameters), part(bytes), part(macs)];
}

function operatorLines({ operators, macs }: Inspection): string {
  const names = Object.keys(operators);
  const rows = names.slice(0, LISTED).map((name) => {
    const work = macs.byOperator[name];
    return [name, String(operators[name]), work === undefined ? '-' : showCount(work)];
  });
  const more = names.length > LISTED ? `and ${names.length - LISTED} more kinds of operators\n` : '';
  return formatTable(['operator', 'nodes', 'multiplications'], rows) + more;
}

function typeText(byType: Readonly<Record<string, Amount>>): string {
  return Object.entries(byType)
    .map(([type, { bytes }]) => `${type} ${showBytes(bytes)}`)
    .join(', ');
}

/** The inspection in lines of `width` columns. */
export function formatInspection(
  file: string,
  inspection: Inspection,
  { weights, width }: { weights: number; width: number },
): string {
  const { opsets, irVersion, producer, inputs, outputs, nodes, parameters, macs, state } = inspection;
  const versions = Object.entries(opsets).map(([domain, version]) => `${domain} ${version}`);
  const made = producer.name === '' ? '' : `, by ${producer.name} ${producer.version}`.trimEnd();
  const shares = formatTable(
    ['part of the model', 'parameters', 'bytes', 'multiplications'],
    [
      shareRow('can be 8 bits', inspection.quantizable),
      shareRow('is quantized', inspection.quantized),
      shareRow('tables', inspection.embeddings),
    ],
  );
  const largest = inspection.weights.slice(0, weights);
  const table = formatTable(
    ['weights', 'operator', 'type', 'dims', 'bytes', 'min', 'max'],
    largest.map(({ name, opType, elementType, dims, bytes, min, max }) => [
      ...[name, opType, elementType, `[${dims.join(', ')}]`],
      ...[showBytes(bytes), showReal(min), showReal(max)],
    ]),
    { width, optional: [1, 2] },
  );
  return [
    `${file}: ${state}, ${versions.join(', ')}, IR ${irVersion}${made}`,
    ...inputs.map((one) => `  in   ${port(one)}`),
    ...outputs.map((one) => `  out  ${port(one)}`),
    `  ${nodes} nodes, ${showCount(parameters.count)} parameters (${typeText(parameters.byType)}), ${showCount(macs.total)} multiplications a run`,
    '',
    operatorLines(inspection),
    ...(largest.length === 0 ? [shares.trimEnd()] : [shares, table.trimEnd()]),
    '',
  ].join('\n');
}

/** Largest weights of an ONNX model that are listed; of a checkpoint all tensors are. */
const LISTED_WEIGHTS = 8;

async function inspectCheckpoint(file: string, flags: Flags): Promise<void> {
  const { openCheckpoint } = await import('../checkpoint/index.js');
  using checkpoint = openCheckpoint(file);
  const summary = summarize(checkpoint);
  if (flags.json) process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
  else process.stdout.write(formatCheckpoint(summary, flags.list ?? summary.tensors.length));
}

async function inspect(file: string, flags: Flags): Promise<void> {
  if (isCheckpoint(file)) return inspectCheckpoint(file, flags);
  const { inspectModel } = await import('../onnx/inspect/index.js');
  const { readModel } = await import('../onnx/read/index.js');
  const inspection = inspectModel(readModel(file));
  const width = Math.min(process.stdout.columns ?? 80, 120);
  if (flags.json) process.stdout.write(`${JSON.stringify({ file, ...inspection }, null, 2)}\n`);
  else process.stdout.write(formatInspection(file, inspection, { weights: flags.list ?? LISTED_WEIGHTS, width }));
}

/** Adds the command to the program. */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description(DESCRIPTION)
    .summary('show what a model consists of')
    .argument('<model>', 'an ONNX model; .safetensors, .safetensors.index.json, or a folder with one')
    .option(
      '--list <n>',
      'how many of the largest weights are listed (default 8), or of the tensors (all)',
      parseInteger,
    )
    .option('--json', 'print one JSON object')
    .action((file: string, flags: Flags) => inspect(file, flags));
}
