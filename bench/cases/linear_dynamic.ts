// A layer with float32 in and out: quantized on the way (dynamic activations) and not quantized at all.
import { Linear, QuantizedLinear } from '../../lib/linear';
import { matmulInt8, packWeights } from '../../lib/matmul';
import { quantize } from '../../lib/quantize';
import { Tensor } from '../../lib/tensor';
import type { CaseContext, Contestant, Work } from '../contestant';
import { randomUint8 } from '../inputs';
import { dynamicLinearModel, matMulModel, peerTensor } from '../peers/peer_models';
import { multiplyFloat32 } from '../peers/typed_array_float32';
import { transpose } from '../peers/typed_array_int8';
import { atSpots, compareExact, compareRelative, productSpots } from '../verify';
import type { GemmShape } from './gemm_cases';
import { FLOAT_TOLERANCE } from './gemm_float32';
import { workOf } from './gemm_operands';
import { createLayerOperands, type LayerOperands, quantizeForPeers } from './layer_operands';
import { peerContestants } from './peer_contestant';

/** octavo's contestant without quantization, to which a peer's is compared. */
const FLOAT_LAYER = 'octavo float32';
/** What rounding inputs and weights to 8 bits may cost, root mean square: about 0.5 % is usual. */
const QUANTIZATION_TOLERANCE = 0.02;

/** A check of a result against the float32 layer's own, at the places that plain JavaScript computed. */
type Check = (out: ArrayLike<number>, tolerance: number) => string | undefined;

function createCheck({ shape, x, weight, bias }: LayerOperands): Check {
  const { places, values } = productSpots(x.data, weight.data, shape, 'transposed');
  const expected = values.map((value, i) => value + (bias.data[(places[i] ?? 0) % shape.n] ?? 0));
  return (out, tolerance) => compareRelative(atSpots(out, { places, values }), expected, tolerance);
}

function runLoop({ shape, x, weight, bias }: LayerOperands, out: Float32Array): void {
  multiplyFloat32(x.data, weight.data, out, shape);
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) + (bias.data[i % shape.n] ?? 0);
}

/** The layer's int8 product alone: unsigned bytes in, int32 sums out. What it takes less than the layer, floats cost. */
function bareProduct({ shape, weight }: LayerOperands): Contestant {
  const { m, n, k } = shape;
  const { data } = quantize(weight, { type: 'int8', symmetric: true, granularity: { axis: 0 } });
  const b = Int8Array.from(data);
  const weights = packWeights(new Tensor('int8', b, [n, k]), { transposed: true });
  const x = new Tensor('uint8', randomUint8(m * k, 1), [m, k]);
  const options = { out: new Int32Array(m * n) };
  return {
    name: 'octavo product alone',
    work: workOf(shape, 4),
    call: { kind: 'sync', run: () => void matmulInt8(x, weights, options) },
    verify: () => {
      const spots = productSpots(x.data, b, shape, 'transposed');
      return compareExact(atSpots(options.out, spots), spots.values);
    },
    dispose: () => weights.dispose(),
  };
}

function octavoContestants(operands: LayerOperands, work: Work, check: Check): Contestant[] {
  const { shape, x, weight, bias, floatWork } = operands;
  const layer = new Linear(weight, bias);
  const quantized = QuantizedLinear.from({ weight, bias }, { activations: 'dynamic' });
  const int8 = { out: new Float32Array(shape.m * shape.n) };
  const float32 = { out: new Float32Array(shape.m * shape.n) };
  return [
    {
      name: 'octavo int8',
      work,
      call: { kind: 'sync', run: () => void quantized.forward(x, int8) },
      verify: () => check(int8.out, QUANTIZATION_TOLERANCE),
      dispose: () => quantized.dispose(),
    },
    bareProduct(operands),
    {
      name: FLOAT_LAYER,
      work: floatWork,
      call: { kind: 'sync', run: () => void layer.forward(x, float32) },
      verify: () => check(float32.out, FLOAT_TOLERANCE),
      dispose: () => layer.dispose(),
    },
  ];
}

async function onnxContestants(
  operands: LayerOperands,
  work: Work,
  check: Check,
  context: CaseContext,
): Promise<Contestant[]> {
  const { m, n, k } = operands.shape;
  const x = peerTensor(operands.x.data, [m, k]);
  const [y8, y32] = [peerTensor(new Float32Array(m * n), [m, n]), peerTensor(new Float32Array(m * n), [m, n])];
  const layer = quantizeForPeers(operands);
  const weights = peerTensor(transpose(operands.weight.data, n, k), [k, n]);
  const int8 = await peerContestants(context.onnxruntime, {
    label: 'int8',
    work,
    model: dynamicLinearModel(x, layer, y8),
    verify: () => check(y8.data, QUANTIZATION_TOLERANCE),
  });
  const float32 = await peerContestants(context.onnxruntime, {
    label: 'float32',
    baseline: FLOAT_LAYER,
    work: operands.floatWork,
    model: matMulModel(x, weights, y32, layer.bias),
    verify: () => check(y32.data, FLOAT_TOLERANCE),
  });
  return [...int8, ...float32];
}

export async function prepareDynamic(shape: GemmShape, context: CaseContext): Promise<Contestant[]> {
  const { m, n, k } = shape;
  const operands = createLayerOperands(shape);
  const check = createCheck(operands);
  const bytes = 4 * m * k + k * n + 4 * m * n;
  const work: Work = { operations: 2 * m * n * k, arithmetic: 'int8', bytes, traffic: 'read' };
  const out = new Float32Array(m * n);
  const loop: Contestant = {
    name: 'typed arrays float32',
    work: operands.floatWork,
    call: { kind: 'sync', run: () => runLoop(operands, out) },
    verify: () => check(out, FLOAT_TOLERANCE),
  };
  return [
    ...octavoContestants(operands, work, check),
    ...(await onnxContestants(operands, work, check, context)),
    ...(work.operations <= context.scalarOperations ? [loop] : []),
  ];
}
