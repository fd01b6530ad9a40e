import { createHash } from 'node:crypto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { bertEncoder, residualNet, smallCnn } from '../../bench/onnx/models';
import { type Model, modelBytes } from '../../lib/onnx';
import { Random } from '../../lib/statistics';

const parameters = (model: Model) =>
  Array.from(model.graph.initializers.values()).reduce((sum, { size }) => sum + size, 0);
const count = (model: Model, opType: string) => model.graph.nodes.filter((node) => node.is(opType)).length;
const digest = (model: Model) => createHash('sha256').update(modelBytes(model)).digest('hex');

async function outputOf(model: Model, feeds: Record<string, Tensor>): Promise<Float32Array> {
  const session = await InferenceSession.create(modelBytes(model), { intraOpNumThreads: 1 });
  const outputs = await session.run(feeds);
  await session.release();
  return outputs[session.outputNames[0] as string]?.data as Float32Array;
}

function picture(size: number): Tensor {
  const random = new Random(size);
  return new Tensor(
    'float32',
    Float32Array.from({ length: 3 * size * size }, () => random.normal()),
    [1, 3, size, size],
  );
}

const tokens = (length: number, value: (i: number) => bigint) =>
  new Tensor(
    'int64',
    BigInt64Array.from({ length }, (_, i) => value(i)),
    [1, length],
  );

function expectSane(values: Float32Array, length: number): void {
  expect(values).toHaveLength(length);
  const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  expect(square).toBeGreaterThan(0.1);
  expect(square).toBeLessThan(100);
}

describe('models with random weights', () => {
  it('builds the residual network of 13 convolutions', async () => {
    const model = residualNet();
    expect(count(model, 'Conv')).toBe(13);
    expect(count(model, 'Add')).toBe(5);
    expectSane(await outputOf(model, { image: picture(112) }), 100);
  });

  it('builds a convolutional network of 5 MB', async () => {
    const model = smallCnn();
    expect(modelBytes(model).length / 1e6).toBeCloseTo(5, 1);
    expectSane(await outputOf(model, { image: picture(96) }), 10);
  });

  it('builds encoders of the asked-for size', async () => {
    const model = bertEncoder({ layers: 2, width: 64, heads: 4, hidden: 128, vocabulary: 100, sequence: 16 });
    expect(count(model, 'MatMul')).toBe(2 * 8);
    const feeds = {
      input_ids: tokens(16, (i) => BigInt(i * 5)),
      attention_mask: tokens(16, (i) => (i < 12 ? 1n : 0n)),
    };
    expectSane(await outputOf(model, feeds), 16 * 64);
    const base = bertEncoder({ layers: 1 });
    const constants = 4 + 3 + 2 + 6; // two shapes, axes, six scalars
    const embeddings = (30522 + 128) * 768 + 2 * 768;
    const layer = 4 * (768 + 1) * 768 + (768 + 1) * 3072 + (3072 + 1) * 768 + 4 * 768;
    expect(parameters(base)).toBe(embeddings + layer + constants);
  });

  it('gives the same bytes for the same seed, others for another', () => {
    expect(digest(residualNet({ seed: 5 }))).toBe(digest(residualNet({ seed: 5 })));
    expect(digest(residualNet({ seed: 5 }))).not.toBe(digest(residualNet({ seed: 6 })));
  });
});
