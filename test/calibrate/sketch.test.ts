// What sketches say, against integers of any size.
import { describe, expect, it } from 'vitest';
import { Sketch, type SketchChannel, Tensor } from '../../lib';
import { exactSketch } from '../reference/exact_sketch';
import { Random } from '../reference/random';
import { sketchValues } from './sketch_values';

const only = (sketch: Sketch): SketchChannel => {
  expect(sketch.channels.length).toBe(1);
  return sketch.channels[0]!;
};
const tensor = (values: Float32Array, dims?: readonly number[]) => Tensor.from(values, dims ?? [values.length]);

describe('a sketch', () => {
  it('is exact for data of every kind', () => {
    const random = new Random(51);
    for (let round = 0; round < 1500; round++) {
      const values = sketchValues(random, random.integer(0, random.pick([3, 40, 300])));
      const bins = 2 ** random.integer(1, 8);
      expect(only(new Sketch({ bins }).observe(tensor(values)))).toEqual(exactSketch(values, bins));
    }
  });

  it('is exact for data longer than a block, in default bins', () => {
    const random = new Random(52);
    for (const length of [8191, 33_000, 70_001]) {
      const values = sketchValues(random, length);
      expect(only(new Sketch().observe(tensor(values)))).toEqual(exactSketch(values, 4096));
    }
  });
});
