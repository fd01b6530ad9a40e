// The reference interpreter beside onnxruntime, node by node.
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { evaluatedOperators } from '../../../lib/onnx/evaluate';
import { evaluateRow, type Row, runOnnxruntime } from './one_node';
import { ELEMENTWISE } from './rows/elementwise_rows';
import { LAYERS } from './rows/layer_rows';
import { MOVES } from './rows/move_rows';
import { QUANTIZED } from './rows/quantized_rows';
import { expectClose, expectWithin } from './values';

const FAMILIES: Record<string, readonly Row[]> = { ELEMENTWISE, MOVES, LAYERS, QUANTIZED };

const shown = ({ op, attributes, inputs }: Row) =>
  `${op} ${JSON.stringify(attributes ?? {}, (_, value) => (typeof value === 'bigint' ? String(value) : value)).slice(0, 90)} ${inputs
    .map((input) => (input === undefined ? '-' : `${input.type}[${input.dims}]`))
    .join(' ')}`;

describe.each(Object.entries(FAMILIES))('%s equal onnxruntime’s kernels', (_, rows) => {
  const cases = rows.flatMap((row) => row.opsets.map((opset) => [`${shown(row)} of ${opset}`, row, opset] as const));
  it.each(cases)('%s', async (_, row, opset) => {
    const results = evaluateRow(row, opset);
    expect(results.length).toBeGreaterThan(0);
    const seen = results.slice(0, row.outputs ?? 1);
    const expected = await runOnnxruntime(ort, row, opset, seen);
    seen.forEach((result, i) => {
      if (row.steps === undefined) expectClose(result, plain(expected[i]!), row.tolerance);
      else expectWithin(result, plain(expected[i]!), row.steps);
    });
  });
});

/** onnxruntime's tensor as a plain value; its float16 data may be a Float16Array. */
function plain({ type, dims, data }: Awaited<ReturnType<typeof runOnnxruntime>>[number]) {
  const bits =
    type === 'float16'
      ? new Uint16Array((data as Uint16Array).buffer, (data as Uint16Array).byteOffset, data.length)
      : data;
  return { type, dims: [...dims], data: bits };
}

/** They hold graphs. */
const TESTED_ELSEWHERE = [':If', ':Loop'];

it('covers every operator', () => {
  const rows = Object.values(FAMILIES).flat();
  const tested = new Set(rows.map(({ op, domain = '' }) => `${domain}:${op}`));
  const missing = evaluatedOperators()
    .map(({ domain, opType }) => `${domain}:${opType}`)
    .filter((name) => !tested.has(name));
  expect(missing).toEqual(TESTED_ELSEWHERE);
});
