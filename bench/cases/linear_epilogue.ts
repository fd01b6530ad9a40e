// What a layer's epilogue costs: activations, a residual and float16 beside plain float32 results, all from 8-bit inputs.
import { type ActivationFunction, QuantizedLinear } from '../../lib/linear';
import { chooseParams, quantize } from '../../lib/quantize';
import { Tensor } from '../../lib/tensor';
import type { Contestant, Work } from '../contestant';
import { fromFloat16 } from '../float16';
import { randomFloat32 } from '../inputs';
import { atSpots, compareRelative, productSpots } from '../verify';
import type { GemmShape } from './gemm_cases';
import { workOf } from './gemm_operands';
import { createLayerOperands, type LayerOperands } from './layer_operands';

/** What rounding inputs and weights to 8 bits may cost, root mean square: about 0.5 % is usual. */
const QUANTIZATION_TOLERANCE = 0.02;
/** How near plain JavaScript comes to the epilogues, root mean square: half a step of float16, or less. */
const TOLERANCE = 5e-4;

/** Abramowitz and Stegun 7.1.26, to 1.5e-7. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

interface Epilogue {
  readonly name: string;
  readonly activation?: ActivationFunction;
  readonly residual?: true;
  readonly output?: 'float16';
  /** The plain float32 result and the residual to this one's. */
  readonly apply: (plain: number, residual: number) => number;
}

const gelu = (x: number): number => (x / 2) * (1 + erf(x / Math.SQRT2));

const EPILOGUES: readonly Epilogue[] = [
  { name: 'relu', activation: 'relu', apply: (x) => Math.max(x, 0) },
  { name: 'gelu', activation: 'gelu', apply: gelu },
  {
    name: 'geluTanh',
    activation: 'geluTanh',
    apply: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  },
  { name: 'silu', activation: 'silu', apply: (x) => x / (1 + Math.exp(-x)) },
  { name: 'residual', residual: true, apply: (x, residual) => x + residual },
  { name: 'float16', output: 'float16', apply: (x) => x },
  { name: 'gelu float16', activation: 'gelu', output: 'float16', apply: gelu },
];

/** The plain layer, whose result the others' must follow from. */
function plainContestant({ shape, x, weight, bias }: LayerOperands, call: () => void, out: Float32Array): Contestant {
  const { n } = shape;
  const verify = (): string | undefined => {
    const { places, values } = productSpots(x.data, weight.data, shape, 'transposed');
    const expected = values.map((value, i) => value + (bias.data[(places[i] ?? 0) % n] as number));
    return compareRelative(atSpots(out, { places, values }), expected, QUANTIZATION_TOLERANCE);
  };
  return { name: 'octavo', work: workOf(shape, 4), call: { kind: 'sync', run: call }, verify };
}

export async function prepareEpilogue(shape: GemmShape): Promise<Contestant[]> {
  const { m, n } = shape;
  const operands = createLayerOperands(shape);
  const { weight, bias } = operands;
  const input = chooseParams({ min: -1, max: 1 }, { type: 'uint8', symmetric: false, granularity: 'tensor' });
  const x = quantize(operands.x, input);
  const residual = new Tensor('float32', randomFloat32(m * n, 4), [m, n]);
  const plain = QuantizedLinear.from({ weight, bias }, { activations: input });
  const expected = { out: new Float32Array(m * n) };
  const first = plainContestant(operands, () => void plain.forward(x, expected), expected.out);
  const others = EPILOGUES.map((one): Contestant => {
    const { name, activation = 'none', output = 'float32', apply } = one;
    const layer = QuantizedLinear.from({ weight, bias }, { activations: input, activation, output });
    const out = output === 'float16' ? new Uint16Array(m * n) : new Float32Array(m * n);
    const options = { out, ...(one.residual && { residual }) };
    const work: Work = workOf(shape, out.BYTES_PER_ELEMENT + (one.residual ? 4 : 0));
    return {
      name: `octavo ${name}`,
      work,
      call: { kind: 'sync', run: () => void layer.forward(x, options) },
      verify: () => {
        const found = out instanceof Uint16Array ? Float32Array.from(out, fromFloat16) : out;
        return compareRelative(
          found,
          expected.out.map((value, i) => apply(value, residual.data[i] as number)),
          TOLERANCE,
        );
      },
      dispose: () => layer.dispose(),
    };
  });
  return [{ ...first, dispose: () => plain.dispose() }, ...others];
}
