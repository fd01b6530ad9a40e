// What a quantization came to, for a terminal.
import type { FindingRow, LayerRow, QuantizeReport } from '../onnx/report';
import {
  coverageOf,
  showDecibel,
  showDrop,
  showRatio,
  showScore,
  showSizes,
  showTimes,
  verdictOf,
} from '../onnx/report';
import { wrapText } from './wrap_text';

/** Lines of one kind that are printed before the rest is only counted. */
const LISTED = 4;
const LABEL = 11;

type Fact = readonly [label: string, text: string];

/** Layers with weights that stayed in float: each reason once, with its layers. */
function leftBehind({ layers, mode }: QuantizeReport): Fact[] {
  const inIntegers = mode === 'static' || mode === 'dynamic';
  const left = layers.filter(
    (layer) => layer.weighted && (inIntegers ? !layer.integerKernel : layer.form === 'float32'),
  );
  const groups = new Map<string, LayerRow[]>();
  for (const layer of left) {
    const remedy = layer.remedy === null ? '' : `; ${layer.remedy}`;
    const why = `${layer.reason ?? 'no reason is known'}${layer.rule === null ? '' : ` (${layer.rule})`}${remedy}`;
    groups.set(why, [...(groups.get(why) ?? []), layer]);
  }
  return listed(
    '  not',
    [...groups].map(([why, of]) => `${of[0]?.name}${of.length > 1 ? ` and ${of.length - 1} more` : ''}: ${why}`),
  );
}

/** The first few of many texts under one label. */
function listed(label: string, texts: readonly string[]): Fact[] {
  const facts = texts.slice(0, LISTED).map((text, i): Fact => [i === 0 ? label : '', text]);
  const more = texts.length - LISTED;
  return more > 0 ? [...facts, ['', `and ${more} more: --report writes all of them to a page`]] : facts;
}

function coverageFacts(report: QuantizeReport): Fact[] {
  const { done, layers, what } = coverageOf(report);
  const { prediction } = report;
  const built = prediction === undefined ? '' : `; ${prediction.right} of ${prediction.nodes} nodes run as predicted`;
  return [[what, `${done} of ${layers} layers with weights${built}`], ...methodFacts(report), ...leftBehind(report)];
}

/** How weights were chosen, where that is not by the nearest levels. */
function methodFacts({ recipe, calibration }: QuantizeReport): Fact[] {
  const { weightMethod = 'nearest' } = recipe;
  if (weightMethod === 'nearest') return [];
  const samples = weightMethod === 'hqq' || calibration === undefined ? '' : ` on ${calibration.samples} samples`;
  return [['  chosen', `by ${weightMethod}${samples}`]];
}

function accuracyFacts({ evaluation, outputSqnr, layers, calibration }: QuantizeReport): Fact[] {
  const facts: Fact[] = [];
  if (evaluation !== undefined) {
    const { kind, float, quantized } = evaluation;
    const show = ({ value, low, high }: typeof float): string =>
      low === null || high === null
        ? showScore(kind, value)
        : `${showScore(kind, value)} (${(100 * low).toFixed(1)}-${(100 * high).toFixed(1)})`;
    facts.push([kind, `${show(float)} -> ${show(quantized)}, ${showDrop(evaluation)} lost`]);
  }
  const known = layers.filter((layer) => layer.sqnr !== null).sort((a, b) => (a.sqnr ?? 0) - (b.sqnr ?? 0));
  const worst = known[0] === undefined ? '' : `, lowest ${showDecibel(known[0].sqnr)} at ${known[0].name}`;
  const random = calibration?.random ? ' (on random data: says nothing of accuracy)' : '';
  if (outputSqnr !== undefined) facts.push(['SQNR', `${showDecibel(outputSqnr)} at the output${worst}${random}`]);
  return facts;
}

function speedFacts({ speed }: QuantizeReport): Fact[] {
  if (speed === undefined) return [];
  const { ratio, runtime, threads } = speed;
  const text = ratio >= 1 ? `${showRatio(ratio)} x as fast` : `${showRatio(ratio)} x the speed: SLOWER`;
  return [
    ['speed', `${showTimes(speed)}, ${text}; ${runtime} on this machine, ${threads} thread${threads > 1 ? 's' : ''}`],
  ];
}

function budgetFacts({ budget, evaluation }: QuantizeReport): Fact[] {
  if (budget === undefined) return [];
  const { maxDrop, minSqnr, held, excluded } = budget;
  const unit = evaluation?.kind === 'accuracy' ? 'points' : '%';
  const limits = [
    ...(maxDrop === null ? [] : [`at most ${maxDrop} ${unit} lost`]),
    ...(minSqnr === null ? [] : [`at least ${minSqnr} dB`]),
  ];
  const left =
    excluded.length === 0
      ? ''
      : `, with ${excluded.length} layers in float: ${excluded.slice(0, LISTED).join(', ')}${excluded.length > LISTED ? ', ...' : ''}`;
  return [['budget', `${limits.join(', ')}: ${held ? 'held' : 'MISSED'}${left}`]];
}

/** What the target refuses and what costs quality, each rule once; what is slow stands with the layers. */
function risksOf({ findings }: QuantizeReport): string[] {
  const groups = new Map<string, FindingRow[]>();
  for (const finding of findings)
    if (finding.severity !== 'W') groups.set(finding.rule, [...(groups.get(finding.rule) ?? []), finding]);
  return [...groups].map(([rule, [first, ...more]]) => {
    const others = more.length === 0 ? '' : `, and ${more.length} more`;
    return `${rule} ${first?.message}${others}`;
  });
}

/** The summary, in lines of `width` columns, the verdict last. */
export function formatQuantizeReport(report: QuantizeReport, width: number): string {
  const { source, output, mode, target, notes } = report;
  const smaller = showRatio(source.bytes / output.bytes);
  const facts: Fact[] = [
    ['size', `${showSizes(report)}, ${smaller} x smaller`],
    ...coverageFacts(report),
    ...speedFacts(report),
    ...accuracyFacts(report),
    ...listed('risks', risksOf(report)),
    ...listed('not done', notes),
    ...budgetFacts(report),
    ['verdict', verdictOf(report).line],
  ];
  const indent = `\n${' '.repeat(LABEL)}`;
  const lines = facts.map(
    ([label, text]) => label.padEnd(LABEL) + wrapText(text, width - LABEL, '').replaceAll('\n', indent),
  );
  return `${source.name}, ${mode} for ${target}\n\n${lines.join('\n')}\n`;
}
