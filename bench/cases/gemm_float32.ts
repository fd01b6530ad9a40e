// One float32 product: octavo with B packed once and with B packed in the call, onnxruntime's MatMul, plain typed arrays.
import { Linear } from '../../lib/linear';
import { matmulFloat32 } from '../../lib/matmul';
import { Tensor } from '../../lib/tensor';
import type { CaseContext, Contestant, Work } from '../contestant';
import { randomFloat32 } from '../inputs';
import { matMulModel, peerTensor } from '../peers/peer_models';
import { multiplyFloat32 } from '../peers/typed_array_float32';
import { transpose } from '../peers/typed_array_int8';
import { atSpots, compareRelative, productSpots } from '../verify';
import type { GemmShape } from './gemm_cases';
import { peerContestants } from './peer_contestant';

/** Sums of k products in another order differ by rounding alone. */
export const FLOAT_TOLERANCE = 1e-5;

interface Operands {
  readonly shape: GemmShape;
  readonly a: Float32Array;
  readonly b: Float32Array;
  /** [n, k], as layers have it. */
  readonly transposed: Float32Array;
  readonly work: Work;
}

function octavoContestants({ shape, a, b, transposed, work }: Operands, expected: Float32Array): Contestant[] {
  const { m, n, k } = shape;
  const input = new Tensor('float32', a, [m, k]);
  const plain = new Tensor('float32', b, [k, n]);
  const layer = new Linear(new Tensor('float32', transposed, [n, k]));
  const packed = { out: expected };
  const unpacked = { out: new Float32Array(m * n) };
  return [
    {
      name: 'octavo, B packed',
      work,
      call: { kind: 'sync', run: () => void layer.forward(input, packed) },
      verify: () => {
        const spots = productSpots(a, b, shape);
        return compareRelative(atSpots(expected, spots), spots.values, FLOAT_TOLERANCE);
      },
      dispose: () => layer.dispose(),
    },
    {
      name: 'octavo, B not packed',
      work,
      call: { kind: 'sync', run: () => void matmulFloat32(input, plain, unpacked) },
      verify: () => compareRelative(unpacked.out, expected, FLOAT_TOLERANCE),
    },
  ];
}

function loopContestant({ shape, a, transposed, work }: Operands, expected: Float32Array): Contestant {
  const out = new Float32Array(expected.length);
  return {
    name: 'typed arrays',
    work,
    call: { kind: 'sync', run: () => multiplyFloat32(a, transposed, out, shape) },
    verify: () => compareRelative(out, expected, FLOAT_TOLERANCE),
  };
}

export async function prepareFloat32(shape: GemmShape, context: CaseContext): Promise<Contestant[]> {
  const { m, n, k } = shape;
  const operations = 2 * m * n * k;
  const work: Work = { operations, arithmetic: 'float32', bytes: 4 * (m * k + k * n + m * n), traffic: 'read' };
  const [a, b] = [randomFloat32(m * k, 1), randomFloat32(k * n, 2)];
  const operands: Operands = { shape, a, b, transposed: transpose(b, k, n), work };
  const expected = new Float32Array(m * n);
  const y = peerTensor(new Float32Array(m * n), [m, n]);
  const peer = await peerContestants(context.onnxruntime, {
    work,
    model: matMulModel(peerTensor(a, [m, k]), peerTensor(b, [k, n]), y),
    verify: () => compareRelative(y.data, expected, FLOAT_TOLERANCE),
  });
  const loop = operations <= context.scalarOperations ? [loopContestant(operands, expected)] : [];
  return [...octavoContestants(operands, expected), ...peer, ...loop];
}
