// The golden vectors of the codec: bytes and scales that never change.
import { expect, it } from 'vitest';
import { Tensor } from '../../../lib';
import { SCALE_KINDS, TurboQuant } from '../../../lib/turboquant';

const sine = Float32Array.from({ length: 128 }, (_, i) => Math.sin(0.37 * (i + 1)) * (1 + 0.01 * i));
const x = new Tensor('float32', sine, [1, 128]);

const STREAMS = [
  '3c4befd77ffb8f3338a8c5ae66741f89',
  'a55a9f65eff87ea7aa6f8abaead51b5e905ec5c973a4bc996969256bbe47d694',
  '53d94ef7aa55769dda74d7b125eb73644abe243fcda7424fc84a6f1bbcc6969791b139aa23b7521b7576ede9419c0ead',
  '578aab46cea6744accdba2ccc97b7ba98ab9ec6899a389ae89e857d68f34d84631a6d97667c2a6d44d7c6398d38d97b58679a65876489e6abb8e7c5168e561a7',
];
/** By width, in the order paper, matchedNorm, minMse, unbiased. */
const SCALES = [
  [1.17723, 1.475439, 1.149432, 1.893909],
  [1.17723, 1.250454, 1.177066, 1.328419],
  [1.17723, 1.193173, 1.17135, 1.215402],
  [1.17723, 1.178887, 1.173485, 1.184314],
];
const KINDS = ['paper', 'matchedNorm', 'minMse', 'unbiased'] as const;

it.each([1, 2, 3, 4])('128 values in %i bits, two rounds of seed 42', (bits) => {
  for (const [i, scale] of KINDS.entries()) {
    const codes = new TurboQuant({ dim: 128, bits, scale, seed: 42 }).encode(x);
    expect(Buffer.from(codes.toStream()).toString('hex')).toBe(STREAMS[bits - 1]);
    expect(codes.scales[0]).toBeCloseTo(SCALES[bits - 1]![i]!, 5);
  }
  expect([...KINDS].sort()).toEqual([...SCALE_KINDS].sort());
});

it('the error of 4 bits with minMse is the golden one', () => {
  const codec = new TurboQuant({ dim: 128, bits: 4, scale: 'minMse', seed: 42n });
  const decoded = codec.decode(codec.encode(x)).data;
  let [error, norm] = [0, 0];
  for (const [i, value] of sine.entries()) {
    error += (decoded[i]! - value) ** 2;
    norm += value ** 2;
  }
  expect(Math.sqrt(norm)).toBeCloseTo(13.318837, 5);
  expect(error / norm).toBeCloseTo(0.009144, 6);
});
