// The test cases of ONNX's own quantization operators, every opset that the archive has.
import { describe, expect, it } from 'vitest';
import { dequantize, type QParams, QuantizedTensor, quantize, Tensor } from '../../lib';
import { intOf } from '../../lib/onnx';
import { type OperatorCase, readOperatorCases } from '../onnx/operator_cases';
import { expectSameBits } from '../reference/expectations';

/** Cases of other element types or granularities. A case that is neither here nor passed by a test below is a failure. */
const NOT_YET_SUPPORTED = [
  'test_dequantizelinear_blocked',
  'test_dequantizelinear_e4m3fn',
  'test_dequantizelinear_e4m3fn_float16',
  'test_dequantizelinear_e4m3fn_zero_point',
  'test_dequantizelinear_e5m2',
  'test_dequantizelinear_float4e2m1',
  'test_dequantizelinear_int16',
  'test_dequantizelinear_int2',
  'test_dequantizelinear_int4',
  'test_dequantizelinear_uint16',
  'test_dequantizelinear_uint2',
  'test_dequantizelinear_uint4',
  'test_quantizelinear_blocked_asymmetric',
  'test_quantizelinear_blocked_symmetric',
  'test_quantizelinear_e4m3fn',
  'test_quantizelinear_e5m2',
  'test_quantizelinear_float4e2m1',
  'test_quantizelinear_int16',
  'test_quantizelinear_int2',
  'test_quantizelinear_int4',
  'test_quantizelinear_uint16',
  'test_quantizelinear_uint2',
  'test_quantizelinear_uint4',
];

const cases = readOperatorCases(/quantizelinear/);
const supported = (cases ?? []).filter(({ name }) => !NOT_YET_SUPPORTED.includes(name));
const of = (operator: RegExp) => supported.filter(({ name }) => operator.test(name));
const missing = cases === undefined;

/** Parameters as the case's operator takes them: a scalar scale is per tensor, a vector along the axis (default 1). */
function paramsOf({ model, inputs }: OperatorCase, type: 'int8' | 'uint8'): QParams {
  const axis = intOf(model.nodes[0]!, 'axis', 1);
  const [, scale, zero] = inputs;
  const perTensor = scale!.data.length === 1; // of dims [1] in opset 10's first cases
  return {
    type,
    scale: scale!.data as Float32Array,
    zeroPoint: zero === undefined ? new Int32Array(scale!.data.length) : Int32Array.from(zero.data),
    granularity: perTensor ? 'tensor' : { axis },
  };
}

describe.skipIf(missing)('the ONNX vectors', () => {
  it('are all passed here or listed as not yet supported', () => {
    const names = [...new Set(cases!.map(({ name }) => name))];
    const passed = /^test_((de)?quantizelinear(_axis)?|dynamicquantizelinear(_\w+)?)$/;
    expect(names.filter((name) => !passed.test(name) || NOT_YET_SUPPORTED.includes(name)).sort()).toEqual(
      NOT_YET_SUPPORTED,
    );
    expect(of(/./).length + cases!.filter(({ name }) => NOT_YET_SUPPORTED.includes(name)).length).toBe(cases!.length);
    expect([...new Set(supported.map(({ model }) => model.opset))].sort((a, b) => a - b)).toEqual([
      10, 11, 13, 19, 21, 24, 25,
    ]);
  });

  it.each(of(/^test_quantizelinear/).map((one) => [one.id, one] as const))('quantize agrees with %s', (_, one) => {
    const [x] = one.inputs;
    const [y] = one.outputs;
    expect([x!.type, one.model.nodes[0]!.opType]).toEqual(['float32', 'QuantizeLinear']);
    const type = y!.type as 'int8' | 'uint8';
    const q = quantize(Tensor.from(x!.data as Float32Array, x!.dims), paramsOf(one, type));
    expect(q.dims).toEqual(y!.dims);
    expectSameBits(q.data, y!.data);
  });

  it.each(of(/^test_dequantizelinear/).map((one) => [one.id, one] as const))('dequantize agrees with %s', (_, one) => {
    const [q] = one.inputs;
    const [y] = one.outputs;
    expect([y!.type, one.model.nodes[0]!.opType]).toEqual(['float32', 'DequantizeLinear']);
    const type = q!.type as 'int8' | 'uint8';
    const x = dequantize(new QuantizedTensor(q!.data as Int8Array | Uint8Array, q!.dims, paramsOf(one, type)));
    expect(x.dims).toEqual(y!.dims);
    expectSameBits(x.data, y!.data as Float32Array);
  });

  it.each(of(/^test_dynamicquantizelinear/).map((one) => [one.id, one] as const))(
    'a uint8 scheme agrees with %s',
    (_, one) => {
      const [x] = one.inputs;
      const [y, scale, zeroPoint] = one.outputs;
      const scheme = { type: 'uint8', symmetric: false, granularity: 'tensor' } as const;
      const q = quantize(Tensor.from(x!.data as Float32Array, x!.dims), scheme);
      expectSameBits(q.data, y!.data);
      expectSameBits(q.params.scale, scale!.data as Float32Array);
      expect([...q.params.zeroPoint]).toEqual([...zeroPoint!.data]);
    },
  );
});

it('skips without the vectors', ({ skip }) => {
  if (missing) skip('skipped: ../shared not present');
  expect(supported.length).toBeGreaterThan(0);
});
