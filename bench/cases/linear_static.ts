// A layer with 8-bit in and out: octavo's static activations, onnxruntime's QLinearMatMul (which has no bias, so none here).
import { QuantizedLinear } from '../../lib/linear';
import { chooseParams, type QParams, quantize } from '../../lib/quantize';
import type { CaseContext, Contestant, Work } from '../contestant';
import { type PeerScale, peerTensor, staticLinearModel } from '../peers/peer_models';
import { multiplyFloat32 } from '../peers/typed_array_float32';
import { compareRelative, compareWithin } from '../verify';
import type { GemmShape } from './gemm_cases';
import { createLayerOperands, type LayerOperands, quantizeForPeers } from './layer_operands';
import { peerContestants } from './peer_contestant';

type Type = 'int8' | 'uint8';

/** What rounding inputs, weights and outputs to 8 bits may cost, root mean square: about 1 % is usual. */
const QUANTIZATION_TOLERANCE = 0.03;

interface StaticOperands extends LayerOperands {
  /** The float32 product, without bias. */
  readonly expected: Float32Array;
  readonly input: QParams<Type>;
  readonly output: QParams<Type>;
}

function createStaticOperands(type: Type, shape: GemmShape): StaticOperands {
  const operands = createLayerOperands(shape);
  const expected = new Float32Array(shape.m * shape.n);
  multiplyFloat32(operands.x.data, operands.weight.data, expected, shape);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scheme = { type, symmetric: type === 'int8', granularity: 'tensor' } as const;
  return {
    ...operands,
    expected,
    input: chooseParams({ min: -1, max: 1 }, scheme),
    output: chooseParams({ min: -largest, max: largest }, scheme),
  };
}

function scaleOf({ scale, zeroPoint }: QParams): PeerScale {
  return { scale: scale[0] ?? Number.NaN, zeroPoint: zeroPoint[0] ?? 0 };
}

type Int8Data = Int8Array | Uint8Array;

function octavoContestant(operands: StaticOperands, work: Work, out: Int8Data): Contestant {
  const { weight, x, input, output, expected } = operands;
  const layer = QuantizedLinear.from({ weight }, { activations: input, output });
  const quantized = quantize(x, input);
  const options = { out };
  const { scale, zeroPoint } = scaleOf(output);
  return {
    name: 'octavo int8',
    work,
    call: { kind: 'sync', run: () => void layer.forward(quantized, options) },
    verify: () => {
      const real = Float32Array.from(out, (value) => (value - zeroPoint) * scale);
      return compareRelative(real, expected, QUANTIZATION_TOLERANCE);
    },
    dispose: () => layer.dispose(),
  };
}

export async function prepareStatic(type: Type, shape: GemmShape, context: CaseContext): Promise<Contestant[]> {
  const { m, n, k } = shape;
  const operands = createStaticOperands(type, shape);
  const work: Work = { operations: 2 * m * n * k, arithmetic: 'int8', bytes: m * k + k * n + m * n, traffic: 'read' };
  const create = (): Int8Data => (type === 'int8' ? new Int8Array(m * n) : new Uint8Array(m * n));
  const out = create();
  const x = peerTensor(quantize(operands.x, operands.input).data as Int8Data, [m, k]);
  const y = peerTensor(create(), [m, n]);
  const scales = { x: scaleOf(operands.input), y: scaleOf(operands.output) };
  const peer = await peerContestants(context.onnxruntime, {
    work,
    model: staticLinearModel(x, quantizeForPeers(operands), y, scales),
    // Its last multiplication may fall to the other side of a tie.
    verify: () => compareWithin(y.data, out, 1),
  });
  return [octavoContestant(operands, work, out), ...peer];
}
