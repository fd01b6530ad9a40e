// The test cases of ONNX MatMulInteger.
import { expect, it } from 'vitest';
import { matmulInt8, Tensor } from '../../lib';
import { readOperatorCases } from '../onnx/operator_cases';
import { expectSameBits } from '../reference/expectations';

const cases = readOperatorCases(/^test_matmulinteger$/);

it('matmulInt8 agrees with the vectors', ({ skip }) => {
  if (cases === undefined) return skip('skipped: ../shared not present');
  expect(cases.map(({ id }) => id)).toEqual(['v1.5.0/test_matmulinteger', 'v1.13.0/test_matmulinteger']);
  for (const { inputs, outputs } of cases) {
    const [a, b, aZero, bZero] = inputs;
    expect([a!.type, b!.type]).toEqual(['uint8', 'uint8']);
    // uint8 weights and their zero point, both 128 less, are int8 weights with the same differences.
    const weights = Int8Array.from(b!.data, (value) => value - 128);
    const c = matmulInt8(Tensor.from(a!.data as Uint8Array, a!.dims), Tensor.from(weights, b!.dims), {
      aZeroPoint: aZero!.data[0]!,
      bZeroPoint: bZero!.data[0]! - 128,
    });
    expect(c.dims).toEqual(outputs[0]!.dims);
    expectSameBits(c.data, outputs[0]!.data);
  }
});
