// A product whose weights are not in any cache: copies take turns, as the layers of a large model do; octavo's and a peer's.
import { matmulInt8, type PackedWeights, packWeights } from '../../lib/matmul';
import { Tensor } from '../../lib/tensor';
import type { CaseContext, Contestant, PeerFactory } from '../contestant';
import { matMulIntegerModel, peerTensor } from '../peers/peer_models';
import { compareExact } from '../verify';
import type { GemmShape } from './gemm_cases';
import type { GemmOperands } from './gemm_operands';

/** How many copies of the weights exceed `coldBytes` together. */
const countOf = ({ n, k }: GemmShape, coldBytes: number): number => Math.ceil(coldBytes / (k * n));

/** The name of octavo's contestant with cold weights, to which a peer's is compared. */
const COLD = 'octavo, cold';

/**
 * octavo with as many copies of the weights as it takes to exceed the last cache.
 * @param expected octavo's int32 result, checked before this one is
 * @param coldBytes what the copies must hold together
 */
export function coldContestant(
  { shape, a, b, work }: GemmOperands,
  expected: Int32Array,
  coldBytes: number,
): Contestant {
  const { m, n, k } = shape;
  const input = new Tensor('uint8', a, [m, k]);
  const source = new Tensor('int8', b, [k, n]);
  const copies: PackedWeights[] = Array.from({ length: countOf(shape, coldBytes) }, () => packWeights(source));
  const options = { out: new Int32Array(m * n) };
  let turn = 0;
  const run = (): void => {
    matmulInt8(input, copies[turn] as PackedWeights, options);
    turn = turn + 1 < copies.length ? turn + 1 : 0;
  };
  return {
    name: COLD,
    work: { ...work, resident: copies.length * k * n },
    call: { kind: 'sync', run },
    verify: () => compareExact(options.out, expected),
    dispose: () => {
      for (const copy of copies) copy.dispose();
    },
  };
}

/**
 * The peer, with as many sessions of one model.
 * @param expected octavo's int32 result, checked before this one is
 */
export async function coldPeers(
  { shape, a, b, work }: GemmOperands,
  expected: Int32Array,
  { onnxruntime, coldBytes }: CaseContext,
): Promise<Contestant[]> {
  const { m, n, k } = shape;
  if (onnxruntime === undefined) return [];
  const y = peerTensor(new Int32Array(m * n), [m, n]);
  const model = matMulIntegerModel(peerTensor(a, [m, k]), peerTensor(b, [k, n]), y);
  const sessions: Awaited<ReturnType<PeerFactory['create']>>[] = [];
  for (let i = countOf(shape, coldBytes); i > 0; i--) sessions.push(await onnxruntime.create(model));
  let turn = 0;
  const run = async (): Promise<void> => {
    await sessions[turn]?.call.run();
    turn = turn + 1 < sessions.length ? turn + 1 : 0;
  };
  return [
    {
      name: `${onnxruntime.name}, cold`,
      baseline: COLD,
      work: { ...work, resident: sessions.length * k * n },
      call: { kind: 'async', run },
      verify: () => compareExact(y.data, expected),
      ...(sessions[0]?.settle !== undefined && { settle: sessions[0].settle }),
      dispose: async () => {
        for (const session of sessions) await session.dispose?.();
      },
    },
  ];
}
