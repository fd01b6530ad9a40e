// What the demo found out, for a terminal.
import type { ModelDemoResult } from '../demo';
import { coverageOf, showBytes, showRatio, showShare, showTime } from '../onnx/report';
import { formatTable } from './text_table';
import { wrapText } from './wrap_text';

const WIDTH = 80;
const LABEL = 8;

type Row = readonly string[];

function accuracyCells({ report: { evaluation } }: ModelDemoResult): [float: string, int8: string, gained: string] {
  if (evaluation === undefined) return ['', '', ''];
  const show = ({ value, low, high }: typeof evaluation.float): string =>
    `${showShare(value)} (${(100 * (low ?? 0)).toFixed(1)}-${(100 * (high ?? 0)).toFixed(1)})`;
  const { float, quantized, drop } = evaluation;
  const change = drop === 0 ? 'equal' : `${Math.abs(drop).toFixed(2)} points ${drop > 0 ? 'lost' : 'gained'}`;
  return [show(float), show(quantized), change];
}

function speedCells({ speed }: ModelDemoResult): [float: Row, int8: Row, gained: Row] {
  if (speed === null) return [[], [], []];
  const rows = [speed.single, speed.batch];
  return [
    rows.map(({ float }) => showTime(float.best)),
    rows.map(({ quantized }) => showTime(quantized.best)),
    rows.map(({ ratio }) => `${showRatio(ratio)} x as fast`),
  ];
}

function tableOf(result: ModelDemoResult): string {
  const { source, output } = result.report;
  const [floatAccuracy, int8Accuracy, change] = accuracyCells(result);
  const [floatTimes, int8Times, gains] = speedCells(result);
  const timed = result.speed === null ? [] : ['one image', `${result.speed.batch.images} images`];
  return formatTable(
    ['', 'size', 'accuracy (95 %)', ...timed],
    [
      ['float32', showBytes(source.bytes), floatAccuracy, ...floatTimes],
      ['int8', showBytes(output.bytes), int8Accuracy, ...int8Times],
      ['', `${showRatio(source.bytes / output.bytes)} x smaller`, change, ...gains],
    ],
  );
}

type Note = readonly [label: string, text: string];

function notesOf({ report, speed, data, model }: ModelDemoResult): Note[] {
  const { done, layers } = coverageOf(report);
  const built =
    report.prediction === undefined
      ? ''
      : `; ${report.prediction.right} of ${report.prediction.nodes} nodes run as predicted`;
  const { runtime } = speed?.batch ?? { runtime: '' };
  return [
    ['int8', `${done} of ${layers} layers with weights, for ${report.target}${built}`],
    [
      'speed',
      speed === null ? 'onnxruntime-node not installed: speed column left out' : `${runtime}, one thread, best`,
    ],
    ['model', `${report.source.name}, shipped with octavo, trained on ${model.trained}`],
    [
      'data',
      `${data.images} ${data.source}, others than it was trained on; ${data.calibrationImages} more set the ranges`,
    ],
    ['yours', 'npx octavo quantize MODEL.onnx --calib SAMPLES'],
  ];
}

/** The result as a table of at most 80 columns, and where the figures come from. */
export function formatModelDemo(result: ModelDemoResult): string {
  const indent = `\n${' '.repeat(LABEL)}`;
  const notes = notesOf(result).map(
    ([label, text]) => label.padEnd(LABEL) + wrapText(text, WIDTH - LABEL, '').replaceAll('\n', indent),
  );
  return `${tableOf(result)}\n${notes.join('\n')}\n`;
}
