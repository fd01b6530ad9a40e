import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readSafetensors } from '../../lib/safetensors';

const shared = path.join(__dirname, '..', '..', '..', 'shared', 'data');

it('reads published models', ({ skip }) => {
  if (!fs.existsSync(shared)) skip('skipped: ../shared not present');
  const encoder = readSafetensors(path.join(shared, 'banking77-encoder', 'model.safetensors')).tensors;
  const values = [...encoder.values()].reduce((sum, tensor) => sum + tensor.size, 0);
  expect(4 * values).toBeLessThan(1_896_868);
  expect(4 * values).toBeGreaterThan(1_890_000);
  const decoder = readSafetensors(path.join(shared, 'stories260k', 'stories260K.safetensors')).tensors;
  expect(decoder.get('model.embed_tokens.weight')?.dims).toEqual([512, 64]);
});
