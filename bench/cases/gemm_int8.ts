// One int8 product: octavo with packed weights, onnxruntime's MatMulInteger, plain typed arrays. All exact, or not timed.
import { matmulInt8, packWeights } from '../../lib/matmul';
import { Tensor } from '../../lib/tensor';
import type { CaseContext, Contestant, Work } from '../contestant';
import { randomInt8, randomUint8 } from '../inputs';
import { matMulIntegerModel, peerTensor } from '../peers/peer_models';
import { multiplyInt8, transpose } from '../peers/typed_array_int8';
import { atSpots, compareExact, productSpots } from '../verify';
import type { GemmShape } from './gemm_cases';
import { peerContestants } from './peer_contestant';

/** The operands of one case: full-range values, the same in every run. */
interface Operands {
  readonly shape: GemmShape;
  readonly a: Int8Array | Uint8Array;
  readonly b: Int8Array;
  readonly work: Work;
}

function octavoContestant({ shape, a, b, work }: Operands, out: Int32Array): Contestant {
  const { m, n, k } = shape;
  const weights = packWeights(new Tensor('int8', b, [k, n]));
  const input = a instanceof Uint8Array ? new Tensor('uint8', a, [m, k]) : new Tensor('int8', a, [m, k]);
  const options = { out };
  return {
    name: 'octavo',
    work,
    call: { kind: 'sync', run: () => void matmulInt8(input, weights, options) },
    verify: () => {
      const spots = productSpots(a, b, shape);
      return compareExact(atSpots(out, spots), spots.values);
    },
    dispose: () => weights.dispose(),
  };
}

function loopContestant({ shape, a, b, work }: Operands, expected: Int32Array): Contestant {
  const out = new Int32Array(expected.length);
  const transposed = transpose(b, shape.k, shape.n);
  return {
    name: 'typed arrays',
    work,
    call: { kind: 'sync', run: () => multiplyInt8(a, transposed, out, shape) },
    verify: () => compareExact(out, expected),
  };
}

export async function prepareInt8(
  type: 'int8' | 'uint8',
  shape: GemmShape,
  context: CaseContext,
): Promise<Contestant[]> {
  const { m, n, k } = shape;
  const operations = 2 * m * n * k;
  const work: Work = { operations, arithmetic: 'int8', bytes: m * k + k * n + 4 * m * n, traffic: 'read' };
  const a = type === 'int8' ? randomInt8(m * k, 1) : randomUint8(m * k, 1);
  const operands: Operands = { shape, a, b: randomInt8(k * n, 2), work };
  const expected = new Int32Array(m * n); // octavo's result, checked by itself first
  const y = peerTensor(new Int32Array(m * n), [m, n]);
  const peer = await peerContestants(context.onnxruntime, {
    work,
    model: matMulIntegerModel(peerTensor(a, [m, k]), peerTensor(operands.b, [k, n]), y),
    verify: () => compareExact(y.data, expected),
  });
  const loop = operations <= context.scalarOperations ? [loopContestant(operands, expected)] : [];
  return [octavoContestant(operands, expected), ...peer, ...loop];
}
