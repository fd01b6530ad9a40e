// The same int8 product with its sums converted in registers: to float32, and back to int8.
import { QuantizedLinear } from '../../lib/linear';
import type { QParams } from '../../lib/quantize';
import { Tensor } from '../../lib/tensor';
import type { Contestant } from '../contestant';
import { compareExact } from '../verify';
import { type GemmOperands, workOf } from './gemm_operands';

const perTensor = (type: 'int8' | 'uint8', scale: number): QParams => ({
  type,
  scale: Float32Array.of(scale),
  zeroPoint: Int32Array.of(0),
  granularity: 'tensor',
});

/** Standard deviation of a product of an operand's bytes, near enough to let some results saturate. */
const DEVIATION = 10_800;

/** [k, n] bytes to the [n, k] floats that a layer is made from. */
function toLayerWeight({ b, shape: { n, k } }: GemmOperands): Tensor<'float32'> {
  const weight = new Float32Array(n * k);
  for (let p = 0; p < k; p++) for (let j = 0; j < n; j++) weight[j * k + p] = b[p * n + j] as number;
  return new Tensor('float32', weight, [n, k]);
}

/** Half to even, as the kernels round. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * Two contestants whose layer has scale 1, so that their results follow exactly from the int32 sums.
 * @param sums octavo's int32 result, checked before these are
 */
export function outputContestants(operands: GemmOperands, sums: Int32Array): Contestant[] {
  const { shape, a } = operands;
  const { m, n, k } = shape;
  const x = new Tensor('uint8', a, [m, k]);
  const output = perTensor('int8', (DEVIATION * 4 * Math.sqrt(k)) / 127);
  const inverse = Math.fround(1 / (output.scale[0] ?? Number.NaN));
  const float = { out: new Float32Array(m * n) };
  const byte = { out: new Int8Array(m * n) };
  const weight = toLayerWeight(operands);
  const [toFloat, toByte] = [undefined, output].map((params) =>
    QuantizedLinear.from({ weight }, { activations: perTensor('uint8', 1), ...(params && { output: params }) }),
  ) as [QuantizedLinear, QuantizedLinear];
  const requantize = (sum: number): number =>
    Math.max(-128, Math.min(127, roundHalfToEven(Math.fround(Math.fround(sum) * inverse))));
  const check = (out: Float32Array | Int8Array, convert: (sum: number) => number): string | undefined => {
    const expected = new Float32Array(sums.length);
    for (let i = 0; i < sums.length; i++) expected[i] = convert(sums[i] as number);
    return compareExact(out, expected);
  };
  return [
    {
      name: 'octavo to float32',
      work: workOf(shape, 4),
      call: { kind: 'sync', run: () => void toFloat.forward(x, float) },
      verify: () => check(float.out, (sum) => sum),
      dispose: () => toFloat.dispose(),
    },
    {
      name: 'octavo to int8',
      work: workOf(shape, 1),
      call: { kind: 'sync', run: () => void toByte.forward(x, byte) },
      verify: () => check(byte.out, requantize),
      dispose: () => toByte.dispose(),
    },
  ];
}
