// Trained models to four bits: which tensors count as layers, and errors as real weights have them.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type Checkpoint, convertCheckpoint, openCheckpoint } from '../../lib/checkpoint';
import type { Tensor } from '../../lib/tensor';
import type { StoredWeights } from '../../lib/weights';
import { storedValues } from '../../lib/weights/weight_method';

const shared = path.join(__dirname, '..', '..', '..', 'shared', 'data');

it.for([
  ['banking77-encoder/model.safetensors', 12, ['bert.embeddings.word_embeddings.weight', 'classifier.weight']],
  ['stories260k/stories260K.safetensors', 35, ['model.embed_tokens.weight']],
  ['shakespeare-head64/model.safetensors', 28, ['model.embed_tokens.weight']],
] as const)('%s', async ([name, count, kept], { skip }) => {
  if (!fs.existsSync(shared)) skip('skipped: ../shared not present');
  const [source, folder] = [path.join(shared, name), fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-real-'))];
  try {
    const target = path.join(folder, 'out.safetensors');
    for (const [format, least, most] of [
      ['nf4', 19, 22.5],
      ['uint4', 21, 26],
    ] as const) {
      const group = format === 'uint4' ? 32 : undefined;
      const { layers } = await convertCheckpoint(source, target, { format, group });
      using before = openCheckpoint(source);
      using after = openCheckpoint(target);
      expect([layers.length, after.quantized.size]).toEqual([count, count]);
      const bytesOf = async (checkpoint: Checkpoint, tensor: string) =>
        Buffer.from(((await checkpoint.weight(tensor)) as Tensor<'float32'>).data.buffer);
      for (const tensor of kept)
        expect((await bytesOf(after, tensor)).equals(await bytesOf(before, tensor)), tensor).toBe(true);
      for (const { name: layer, sqnr } of layers) {
        const { data } = (await before.weight(layer)) as Tensor<'float32'>;
        const real = storedValues((await after.weight(layer)) as StoredWeights);
        const error = data.reduce((sum, value, i) => sum + (value - real[i]!) ** 2, 0);
        expect(sqnr).toBeCloseTo(10 * Math.log10(data.reduce((sum, value) => sum + value * value, 0) / error), 3);
        expect(sqnr).toBeGreaterThan(least);
        expect(sqnr).toBeLessThan(most);
      }
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
