// A checkpoint with a bit of everything, in a folder of its own.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type ElementName, SafetensorsWriter, type TensorPlan } from '../../lib/safetensors';
import { bfloat16Bits, halfBits } from '../../lib/tensor/half_floats';
import { Random } from '../reference/random';

export type Values = Float32Array | Float64Array | Uint16Array | BigInt64Array;

/** Floats about normal, in the array of an element type. */
export function floatsOf(dtype: ElementName, count: number, random: Random): Values {
  const floats = Float32Array.from({ length: count }, () => (random.next() + random.next() + random.next() - 1.5) / 8);
  if (dtype === 'F64') return Float64Array.from(floats);
  if (dtype === 'BF16') return Uint16Array.from(floats, bfloat16Bits);
  return dtype === 'F16' ? Uint16Array.from(floats, halfBits) : floats;
}

/** Layers of several types and shapes, one larger than a window, and what is not to be quantized. */
export const LAYERS: readonly TensorPlan[] = [
  { name: 'model.layers.0.mlp.down_proj.weight', dtype: 'F32', dims: [331, 3200] },
  { name: 'model.layers.0.self_attn.q_proj.weight', dtype: 'BF16', dims: [48, 64] },
  { name: 'model.layers.1.output.dense.weight', dtype: 'F16', dims: [7, 77] },
  { name: 'weight', dtype: 'F64', dims: [1, 3] },
];
export const OTHERS: readonly TensorPlan[] = [
  { name: 'model.embed_tokens.weight', dtype: 'BF16', dims: [10, 64] },
  { name: 'model.norm.weight', dtype: 'F32', dims: [64] },
  { name: 'model.layers.0.self_attn.q_proj.bias', dtype: 'F32', dims: [48] },
  { name: 'lm_head.weight', dtype: 'F32', dims: [10, 64] },
  { name: 'model.steps', dtype: 'I64', dims: [] },
];

export interface SmallCheckpoint {
  readonly folder: string;
  readonly file: string;
  readonly values: ReadonlyMap<string, Values>;
}

/** Writes it to a file, or with an index into several. Who calls removes the folder. */
export async function smallCheckpoint(name = 'model.safetensors', maxShardBytes?: number): Promise<SmallCheckpoint> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-checkpoint-'));
  const [file, random, plans] = [path.join(folder, name), new Random(3), [...LAYERS, ...OTHERS]];
  const values = new Map<string, Values>();
  const writer = SafetensorsWriter.create(file, plans, { metadata: new Map([['format', 'pt']]), maxShardBytes });
  for (const { name: tensor, dtype, dims } of plans) {
    const count = dims.reduce((product, dim) => product * dim, 1);
    const data = dtype === 'I64' ? BigInt64Array.of(77n) : floatsOf(dtype, count, random);
    values.set(tensor, data);
    await writer.write(tensor, data);
  }
  await writer.finish();
  return { folder, file, values };
}

/** Files in a folder that no conversion may leave behind. */
export const temporaries = (folder: string): string[] => fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'));
