// If and Loop.
import { graphOf, type TensorValue } from '../../model';
import type { Call } from '../call';
import { bool, checkSize, decode, encode, int64, scratch } from '../numbers';
import { type Family, row, type Work } from '../operator';

type Values = readonly TensorValue[];

function* choose(call: Call): Work<Values> {
  const name = call.scalar(0, 0) !== 0 ? 'then_branch' : 'else_branch';
  const graph = graphOf(call.node, name) ?? call.fail(`it has no ${name}`, 'ERR_FILE');
  return (yield { graph, inputs: [] }) as Values;
}

/** The most runs of a loop's body: a model cannot hold the process for ever. */
const MOST_RUNS = 1e5;

/** The body gets the number of the run, the condition and the carried values; scanned outputs are stacked. */
function* loop(call: Call): Work<Values> {
  const graph = graphOf(call.node, 'body') ?? call.fail('it has no body', 'ERR_FILE');
  const limit = call.has(0) ? call.scalar(0, 0) : Number.POSITIVE_INFINITY;
  let condition = call.scalar(1, 1) !== 0;
  let carried: Values = call.inputs.slice(2).map((_, i) => call.input(i + 2));
  const count = graph.outputs.length - 1 - carried.length;
  const scanned: TensorValue[][] = Array.from({ length: Math.max(count, 0) }, () => []);
  for (let i = 0; i < limit && condition; i++) {
    if (i >= MOST_RUNS) call.fail(`it runs more than ${MOST_RUNS} times`, 'ERR_RANGE');
    const inputs = [int64([], [i]), bool([], Uint8Array.of(1)), ...carried];
    const outputs: Values = (yield { graph, inputs }) as Values;
    condition = (decode(outputs[0]!)[0] as number) !== 0;
    carried = outputs.slice(1, 1 + carried.length);
    scanned.forEach((list, j) => {
      list.push(outputs[1 + carried.length + j]!);
    });
  }
  return [...carried, ...scanned.map((list) => stacked(call, list))];
}

/** Values of equal dims along a new first axis. */
function stacked(call: Call, values: Values): TensorValue {
  const first = values[0];
  if (first === undefined) return call.fail('a scanned output of no runs has no type', 'ERR_UNSUPPORTED');
  if (values.some(({ dims, type }) => dims.join() !== first.dims.join() || type !== first.type))
    call.fail('the scanned outputs of its runs differ in dims');
  if (first.type === 'string') return call.fail('it scans strings', 'ERR_UNSUPPORTED');
  const dims = [values.length, ...first.dims];
  checkSize(first.type, dims);
  const out = scratch(first.type, dims) as Float32Array;
  const size = out.length / values.length;
  values.forEach((value, i) => {
    out.set(decode(value) as Float32Array, i * size);
  });
  return encode(first.type, dims, out);
}

export const CONTROLS: Family = {
  If: row(1, choose),
  Loop: row(1, loop),
};
