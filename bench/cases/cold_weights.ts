// A product whose weights are not in any cache: copies take turns, as the layers of a large model do.
import { matmulInt8, type PackedWeights, packWeights } from '../../lib/matmul';
import { Tensor } from '../../lib/tensor';
import type { Contestant } from '../contestant';
import { compareExact } from '../verify';
import type { GemmOperands } from './gemm_operands';

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
  const copies: PackedWeights[] = Array.from({ length: Math.ceil(coldBytes / (k * n)) }, () => packWeights(source));
  const options = { out: new Int32Array(m * n) };
  let turn = 0;
  const run = (): void => {
    matmulInt8(input, copies[turn] as PackedWeights, options);
    turn = turn + 1 < copies.length ? turn + 1 : 0;
  };
  return {
    name: 'octavo, cold weights',
    work: { ...work, resident: copies.length * k * n },
    call: { kind: 'sync', run },
    verify: () => compareExact(options.out, expected),
    dispose: () => {
      for (const copy of copies) copy.dispose();
    },
  };
}
