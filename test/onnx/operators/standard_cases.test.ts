// The operator test cases of the ONNX standard in the reference interpreter.
import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../../lib/onnx/evaluate';
import { readModel } from '../../../lib/onnx/read';
import { type OperatorFiles, readOperatorFiles } from '../operator_cases';
import { expectClose, expectExactly, readValue } from './values';

/** Goldens that wrap where later ones of the same inputs saturate. */
const WRONG_GOLDEN = /^v1\.16\.0\/test_qlinearmatmul_\dD_int8_/;
/** Operators whose results are exact. */
const EXACT = /(quantizelinear|matmulinteger|qlinearmatmul|convinteger|qlinearconv)/;

const files = readOperatorFiles();
const cases = (files ?? []).filter(({ id }) => !WRONG_GOLDEN.test(id));

async function runCase({ model, inputs }: OperatorFiles) {
  const read = readModel(Uint8Array.from(model));
  const feeds = Object.fromEntries(read.graph.inputs.map(({ name }, i) => [name, readValue(inputs[i]!)]));
  const outputs = await new Interpreter(read).run(feeds);
  return read.graph.outputs.map(({ name }) => outputs[name]);
}

describe.skipIf(files === undefined)('the standard’s operator cases', () => {
  it('are all there, and only four goldens are left out', () => {
    expect([files!.length, cases.length]).toEqual([229, 225]);
    expect(cases.filter(({ name }) => EXACT.test(name)).length).toBe(131);
  });

  it.each(cases.filter(({ name }) => EXACT.test(name)))('$id is exact', async (one) => {
    const outputs = await runCase(one);
    one.outputs.forEach((bytes, i) => {
      expectExactly(outputs[i], readValue(bytes));
    });
  });

  it.each(cases.filter(({ name }) => !EXACT.test(name)))('$id is close', async (one) => {
    const outputs = await runCase(one);
    expect(outputs.length).toBe(one.outputs.length);
    one.outputs.forEach((bytes, i) => {
      expectClose(outputs[i], readValue(bytes));
    });
  });
});

it('skips without the cases', ({ skip }) => {
  if (files === undefined) skip('skipped: ../shared not present');
  expect(cases.length).toBeGreaterThan(0);
});
