// `octavo check`: what a runtime will make of a model, before it runs.
import { type Command, InvalidArgumentError } from 'commander';
import type { CheckResult, Finding, NodePrediction } from '../onnx/check';
import { TARGETS, type Target } from '../onnx/targets';
import { EXIT } from './exit';
import { formatTable } from './text_table';
import { wrapText } from './wrap_text';

const DESCRIPTION =
  'Predict for each node of an ONNX model whether it will run on an integer kernel in a target runtime, and why not; and ' +
  'find what that runtime refuses, runs slowly, or rounds badly. Nothing is run, nothing is written.';

const AFTER_HELP = `
Findings are E (the target refuses the model or fails), W (it runs in float, or
slowly) and I (quality and size). The exit code is 1 if there is an E.
--runtime builds the model in onnxruntime-node and compares its graph.

Examples:
  octavo check model.int8.onnx
  octavo check model.int8.onnx --target tensorrt,openvino --json`;

interface Flags {
  target?: Target[];
  runtime?: boolean;
  json?: boolean;
}

function parseTargets(text: string): Target[] {
  const names = text.split(',');
  const unknown = names.find((name) => !(TARGETS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`It must be of ${TARGETS.join(', ')}.`);
  return names as Target[];
}

const COUNTED: readonly NodePrediction['outcome'][] = ['int8', 'copy', 'folded', 'float', 'convert'];

/** One row for each operator and outcome that matters. */
function operatorTable(nodes: readonly NodePrediction[]): string {
  const operators = [...new Set(nodes.filter(({ outcome }) => outcome !== 'other').map(({ opType }) => opType))];
  const rows = operators.map((opType) => {
    const group = nodes.filter((node) => node.opType === opType);
    const counts = COUNTED.map((wanted) => group.filter(({ outcome }) => outcome === wanted).length);
    return [opType, ...counts.map((count) => (count === 0 ? '-' : String(count)))];
  });
  return formatTable(['operator', 'integer', 'copy', 'folded', 'float', 'convert'], rows);
}

/** Equal reasons once, with the first of their nodes. */
function reasonLines(nodes: readonly NodePrediction[], width: number): string[] {
  const groups = new Map<string, NodePrediction[]>();
  for (const node of nodes) {
    if (node.reason === undefined || node.outcome === 'int8') continue;
    const key = `${node.rule} ${node.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return [...groups.values()].map(([first, ...more]) => {
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    const remedy = first?.remedy === undefined ? '' : `; ${first.remedy}`;
    return wrapText(
      `${first?.rule}  ${first?.opType} ${first?.node}${others}: ${first?.reason}${remedy}`,
      width,
      '      ',
    );
  });
}

/** Those that are not among the reasons already: of equal rules the first, and how many more. */
function findingLines({ findings, nodes }: CheckResult, width: number): string[] {
  const told = new Set(nodes.map(({ node, rule }) => `${rule} ${node}`));
  const others = findings.filter(({ rule, node }) => !told.has(`${rule} ${node}`));
  const groups = new Map<string, Finding[]>();
  for (const finding of others) {
    const key = `${finding.severity} ${finding.rule} ${finding.remedy}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].map(([first, ...more]) => {
    const { severity, rule, node, tensor, message, remedy } = first!;
    const where = node ?? tensor;
    const count = more.length === 0 ? '' : ` (and ${more.length} more)`;
    return wrapText(
      `${severity} ${rule}  ${where === undefined ? '' : `${where}: `}${message}${count}; ${remedy}`,
      width,
      '        ',
    );
  });
}

/** A result in lines of `width` columns. */
export function formatCheck(result: CheckResult, width: number): string {
  const { target, nodes, coverage, ok } = result;
  const paragraphs = [
    `${target}: ${coverage.int8} of ${coverage.weighted} layers with weights on integer kernels${ok ? '' : ', REFUSED'}`,
    operatorTable(nodes).trimEnd(),
    reasonLines(nodes, width).join('\n'),
    findingLines(result, width).join('\n'),
  ];
  return `${paragraphs.filter((text) => text !== '').join('\n\n')}\n`;
}

async function compared(file: string): Promise<string> {
  const { compareWithRuntime } = await import('../onnx/check/index.js');
  const { readModel } = await import('../onnx/read/index.js');
  const { agreement } = await compareWithRuntime(readModel(file));
  const wrong = agreement.disagreements.map(
    ({ node, predicted, actual }) =>
      `  ${node}: predicted ${predicted.outcome}, built ${actual.kernel ?? actual.outcome}\n`,
  );
  return `\nonnxruntime: ${agreement.equal} of ${agreement.nodes} nodes as predicted\n${wrong.join('')}`;
}

async function check(file: string, flags: Flags): Promise<void> {
  const { checkModel } = await import('../onnx/check/index.js');
  const { readModel } = await import('../onnx/read/index.js');
  const { installedTarget } = await import('../onnx/targets/index.js');
  const { validateModel } = await import('../onnx/validate/index.js');
  const model = readModel(file);
  validateModel(model);
  const results = (flags.target ?? [installedTarget()]).map((target) => checkModel(model, target));
  const width = Math.min(process.stdout.columns ?? 80, 100);
  if (flags.json) process.stdout.write(`${JSON.stringify({ file, results }, null, 2)}\n`);
  else process.stdout.write(results.map((result) => formatCheck(result, width)).join('\n'));
  if (flags.runtime && !flags.json) process.stdout.write(await compared(file));
  if (results.some(({ ok }) => !ok)) process.exitCode = EXIT.refused;
}

/** Adds the command to the program. */
export function registerCheck(program: Command): void {
  program
    .command('check')
    .description(DESCRIPTION)
    .summary('predict what a runtime makes of an ONNX model')
    .argument('<model>', 'an ONNX model, quantized or not')
    .option(
      '--target <targets>',
      `what will run it, of ${TARGETS.join(' ')} (default: what is installed here)`,
      parseTargets,
    )
    .option('--runtime', 'compare with the graph that onnxruntime-node builds')
    .option('--json', 'print one JSON object')
    .addHelpText('after', AFTER_HELP)
    .action((file: string, flags: Flags) => check(file, flags));
}
