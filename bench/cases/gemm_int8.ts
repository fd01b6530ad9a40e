// One int8 product in all its forms, in turn: both signs, three outputs, cold weights, and the peers. All exact, or not timed.
import { matmulInt8, packWeights } from '../../lib/matmul';
import { Tensor, type TensorLike } from '../../lib/tensor';
import type { CaseContext, Contestant } from '../contestant';
import { matMulIntegerModel, peerTensor } from '../peers/peer_models';
import { multiplyInt8, transpose } from '../peers/typed_array_int8';
import { atSpots, compareExact, productSpots } from '../verify';
import { coldContestant, coldPeers } from './cold_weights';
import type { GemmShape } from './gemm_cases';
import { createGemmOperands, type GemmOperands } from './gemm_operands';
import { outputContestants } from './gemm_outputs';
import { peerContestants } from './peer_contestant';

/** Up to here weights are read for few rows, and where they come from decides. */
const MOST_ROWS_COLD = 16;
/** The name of octavo's contestant with signed activations, to which peers with signed ones are compared. */
const SIGNED = 'octavo s8xs8';

interface Sums {
  readonly unsigned: Int32Array;
  readonly signed: Int32Array;
}

function octavoContestants({ shape, a, signed, b, work }: GemmOperands, sums: Sums): Contestant[] {
  const { m, n, k } = shape;
  const weights = packWeights(new Tensor('int8', b, [k, n]));
  const entry = (name: string, input: TensorLike<'int8' | 'uint8'>, out: Int32Array): Contestant => {
    const options = { out };
    return {
      name,
      work,
      call: { kind: 'sync', run: () => void matmulInt8(input, weights, options) },
      verify: () => {
        const spots = productSpots(input.data, b, shape);
        return compareExact(atSpots(out, spots), spots.values);
      },
    };
  };
  return [
    { ...entry('octavo', new Tensor('uint8', a, [m, k]), sums.unsigned), dispose: () => weights.dispose() },
    entry(SIGNED, new Tensor('int8', signed, [m, k]), sums.signed),
  ];
}

async function onnxContestants(operands: GemmOperands, sums: Sums, context: CaseContext): Promise<Contestant[]> {
  const { shape, a, signed, b, work } = operands;
  const { m, n, k } = shape;
  const entry = async (input: Int8Array | Uint8Array, expected: Int32Array, label?: string): Promise<Contestant[]> => {
    const y = peerTensor(new Int32Array(m * n), [m, n]);
    return peerContestants(context.onnxruntime, {
      ...(label && { label, baseline: SIGNED }),
      work,
      model: matMulIntegerModel(peerTensor(input, [m, k]), peerTensor(b, [k, n]), y),
      verify: () => compareExact(y.data, expected),
    });
  };
  const slow = work.operations <= context.slowPeerOperations ? await entry(signed, sums.signed, 's8xs8') : [];
  return [...(await entry(a, sums.unsigned)), ...slow];
}

function loopContestant({ shape, a, b, work }: GemmOperands, expected: Int32Array): Contestant {
  const out = new Int32Array(expected.length);
  const transposed = transpose(b, shape.k, shape.n);
  return {
    name: 'typed arrays',
    work,
    call: { kind: 'sync', run: () => multiplyInt8(a, transposed, out, shape) },
    verify: () => compareExact(out, expected),
  };
}

export async function prepareInt8(shape: GemmShape, context: CaseContext): Promise<Contestant[]> {
  const operands = createGemmOperands(shape);
  const create = (): Int32Array => new Int32Array(shape.m * shape.n);
  const sums: Sums = { unsigned: create(), signed: create() };
  const cold = shape.m <= MOST_ROWS_COLD && shape.k * shape.n >= 2 ** 18 && context.coldBytes > 0;
  const loop = operands.work.operations <= context.scalarOperations;
  return [
    ...octavoContestants(operands, sums),
    ...outputContestants(operands, sums.unsigned),
    ...(cold ? [coldContestant(operands, sums.unsigned, context.coldBytes)] : []),
    ...(await onnxContestants(operands, sums, context)),
    ...(cold ? await coldPeers(operands, sums.unsigned, context) : []),
    ...(loop ? [loopContestant(operands, sums.unsigned)] : []),
  ];
}
