import { describe, expect, it } from 'vitest';
import { MlpTrainer, softmaxGradient } from '../../lib/demo/mlp_trainer';
import { classify } from '../../lib/demo/statistics';
import { Random } from '../../lib/statistics';

describe('softmaxGradient', () => {
  const logits = Float32Array.of(0.5, -1, 2, 0, 0, 3);
  const labels = Int32Array.of(2, 0);
  const lossOf = (z: Float32Array): number => softmaxGradient(z.slice(), labels);

  it('is the derivative of the mean loss', () => {
    const gradient = logits.slice();
    softmaxGradient(gradient, labels);
    for (let i = 0; i < logits.length; i++) {
      const [above, below] = [logits.slice(), logits.slice()];
      above[i] = (above[i] ?? 0) + 2 ** -7;
      below[i] = (below[i] ?? 0) - 2 ** -7;
      expect(gradient[i]).toBeCloseTo((lossOf(above) - lossOf(below)) / 2 ** -6 / 2, 4);
    }
  });

  it('gives log(classes) for equal logits, and does not overflow', () => {
    expect(softmaxGradient(Float32Array.of(7, 7, 7, 7), Int32Array.of(1))).toBeCloseTo(Math.log(4), 6);
    expect(softmaxGradient(Float32Array.of(1e30, -1e30), Int32Array.of(0))).toBe(0);
  });
});

describe('MlpTrainer', () => {
  /** Two classes that no single layer can tell apart: the signs of two numbers agree or not. */
  function exclusiveOr(count: number, random: Random): { features: Float32Array; labels: Int32Array } {
    const features = Float32Array.from({ length: 2 * count }, () => random.uniform(-1, 1));
    const labels = Int32Array.from({ length: count }, (_, i) =>
      Number((features[2 * i] ?? 0) * (features[2 * i + 1] ?? 0) > 0),
    );
    return { features, labels };
  }

  function trained(): { trainer: MlpTrainer; losses: number[] } {
    const random = new Random(3);
    const trainer = new MlpTrainer([2, 16, 8, 2], random, 0);
    const losses: number[] = [];
    for (let i = 0; i < 400; i++) {
      const { features, labels } = exclusiveOr(64, random);
      losses.push(trainer.step(features, labels, 0.01) / 64);
    }
    return { trainer, losses };
  }

  it('learns what needs a hidden layer', () => {
    const { trainer, losses } = trained();
    expect(losses[0]).toBeGreaterThan(0.5);
    const { features, labels } = exclusiveOr(1000, new Random(4));
    const right = classify(trainer.predict(features), 2).filter((label, i) => label === labels[i]).length;
    expect(right).toBeGreaterThan(960);
  });

  it('gives the same weights for the same seed', () => {
    const [a, b] = [trained().trainer.tensors(), trained().trainer.tensors()];
    expect(a).toEqual(b);
    expect(a.map(({ weight, bias }) => [weight.dims, bias.dims])).toEqual([
      [[16, 2], [16]],
      [[8, 16], [8]],
      [[2, 8], [2]],
    ]);
  });

  it('shrinks weights, not biases, by the decay', () => {
    const [plain, decayed] = [0, 0.5].map((decay) => {
      const trainer = new MlpTrainer([3, 2], new Random(1), decay);
      const before = trainer.tensors()[0]?.weight.data ?? new Float32Array(6);
      trainer.step(Float32Array.of(1, 2, 3), Int32Array.of(1), 0.1);
      const { weight, bias } = trainer.tensors()[0] ?? { weight: { data: before }, bias: { data: before } };
      return { before, weight: weight.data, bias: bias.data };
    });
    if (plain === undefined || decayed === undefined) throw new Error('two runs expected');
    plain.weight.forEach((value, i) => {
      expect(decayed.weight[i]).toBeCloseTo(value - 0.1 * 0.5 * (plain.before[i] ?? 0), 5);
    });
    expect(decayed.bias).toEqual(plain.bias);
  });
});
