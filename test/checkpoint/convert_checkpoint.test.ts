// Checkpoints converted: each layer as quantizeWeight has it, everything else as it was, and the target whole whatever happens.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CHECKPOINT_FORMATS,
  type ConvertOptions,
  convertCheckpoint,
  openCheckpoint,
  openSafetensors,
} from '../../lib/checkpoint';
import { QuantizedLinear } from '../../lib/linear';
import { Tensor } from '../../lib/tensor';
import { valuesOf } from '../../lib/tensor/small_floats';
import { type QuantizeWeightOptions, quantizeWeight, type StoredWeights } from '../../lib/weights';
import { storedValues } from '../../lib/weights/weight_method';
import { LAYERS, OTHERS, type SmallCheckpoint, smallCheckpoint } from './small_checkpoint';

let given: SmallCheckpoint;
beforeAll(async () => {
  given = await smallCheckpoint();
});
afterAll(() => fs.rmSync(given.folder, { recursive: true }));
const place = (name: string) => path.join(given.folder, name);

/** A layer of the source as float32. */
async function floatsOf(name: string): Promise<{ data: Float32Array; rows: number; columns: number }> {
  using reader = openSafetensors(given.file);
  const { data, dims } = await reader.readFloat32(name);
  return { data, rows: dims[0]!, columns: dims[1]! };
}

/** Weights with their arrays, which are long, as hashes. */
function digestOf(weights: object): Record<string, unknown> {
  const digest = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value))
      return createHash('sha256')
        .update(value as Uint8Array)
        .digest('hex');
    return typeof value === 'object' && value !== null ? digestOf(value) : value;
  };
  return Object.fromEntries(Object.entries(weights).map(([key, value]) => [key, digest(value)]));
}

function squaredError(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.reduce((sum, value) => sum + value * value, 0);
}

const CASES: [ConvertOptions, QuantizeWeightOptions][] = [
  [{}, { format: 'nf4' }],
  [
    { format: 'nf4', doubleQuantization: false, group: 128 },
    { format: 'nf4', doubleQuantization: false, group: 128 },
  ],
  [{ format: 'fp4' }, { format: 'fp4' }],
  [
    { format: 'int4', clip: 'range' },
    { format: 'int4', clip: 'range' },
  ],
  [
    { format: 'int4', group: 'channel', clip: 'range' },
    { format: 'int4', group: 'channel', clip: 'range' },
  ],
  [
    { format: 'uint4', group: 32, clip: 'range' },
    { format: 'uint4', group: 32, clip: 'range' },
  ],
  [
    { format: 'int8', clip: 'range' },
    { format: 'int8', clip: 'range' },
  ],
  [
    { format: 'int8', group: 100, clip: 'range' },
    { format: 'int8', group: 100, clip: 'range' },
  ],
];

describe.each(CASES)('with %o', (options, expected) => {
  it('gives every layer the weights of quantizeWeight, and tells its error and size', async () => {
    const target = place('out.safetensors');
    const { layers, total, others, files } = await convertCheckpoint(given.file, target, options);
    expect([files, others, layers.map(({ name }) => name).sort()]).toEqual([
      [target],
      OTHERS.length,
      LAYERS.map(({ name }) => name).sort(),
    ]);
    using checkpoint = openCheckpoint(target);
    expect([...checkpoint.quantized].sort()).toEqual(LAYERS.map(({ name }) => name).sort());
    for (const { name, dims, relativeError, bitsPerWeight, bytes, parameters, sqnr } of layers) {
      const matrix = await floatsOf(name);
      const wanted = quantizeWeight(matrix, expected);
      const found = (await checkpoint.weight(name)) as StoredWeights;
      // A group beyond a row's end is the row: that is how it is stored.
      const block =
        found.type === 'nf4' || found.type === 'fp4' ? found.block : Math.min(wanted.weights.block, matrix.columns);
      expect(digestOf(found)).toEqual(digestOf({ ...wanted.weights, block }));
      expect([dims, parameters, bytes]).toEqual([[matrix.rows, matrix.columns], matrix.data.length, wanted.size.bytes]);
      expect(bitsPerWeight).toBe(wanted.size.bitsPerWeight);
      const error = squaredError(matrix.data, storedValues(found));
      expect(Math.abs(relativeError - error)).toBeLessThanOrEqual(1e-5 * error);
      if (error > 0) expect(sqnr).toBeCloseTo(-10 * Math.log10(error), 3);
    }
    expect(total.parameters).toBe(layers.reduce((sum, one) => sum + one.parameters, 0));
    expect(total.bytes).toBe(layers.reduce((sum, one) => sum + one.bytes, 0));
  });
});

it.each(CHECKPOINT_FORMATS)('copies everything else to the byte, metadata included: %s', async (format) => {
  const { metadata } = await convertCheckpoint(given.file, place('out.safetensors'), {
    format,
    clip: format.includes('int') ? 'range' : undefined,
  });
  using reader = openSafetensors(place('out.safetensors'));
  for (const { name, dtype, dims } of OTHERS) {
    const found = await reader.read(name);
    expect([found.dtype, found.dims]).toEqual([dtype, dims]);
    expect(found.data).toEqual(given.values.get(name));
  }
  expect(metadata.get('format')).toBe('pt');
  expect([...reader.metadata]).toEqual([...metadata]);
  expect(metadata.has('quantization_config')).toBe(!format.endsWith('float16'));
});

it('gives the same bytes with any number of threads', async () => {
  const bytes = [];
  for (const threads of [1, 3, 16]) {
    await convertCheckpoint(given.file, place('out.safetensors'), { threads });
    bytes.push(fs.readFileSync(place('out.safetensors')));
  }
  expect(bytes[1]!.equals(bytes[0]!) && bytes[2]!.equals(bytes[0]!)).toBe(true);
});

it('rounds to 16 bits: layers, or what is not quantized', async () => {
  const { layers } = await convertCheckpoint(given.file, place('out.safetensors'), {
    format: 'float16',
    rest: 'bfloat16',
  });
  using reader = openSafetensors(place('out.safetensors'));
  const types = Object.fromEntries([...reader.tensors].map(([name, { dtype }]) => [name, dtype]));
  for (const { name } of LAYERS) expect(types[name]).toBe('F16');
  for (const { name, dtype } of OTHERS) expect(types[name]).toBe(dtype === 'I64' ? 'I64' : 'BF16');
  const name = LAYERS[0]!.name;
  const { data } = await floatsOf(name);
  const half = (await reader.read(name)).data as Uint16Array;
  const real = Float32Array.from(half, (bits) => valuesOf('float16')[bits]!);
  const ratios = data.map((value, i) => (Math.abs(value) > 2 ** -14 ? Math.abs(real[i]! / value - 1) : 0));
  expect(ratios.reduce((most, ratio) => Math.max(most, ratio))).toBeLessThanOrEqual(2 ** -11 * (1 + 1e-6));
  expect(layers.find((layer) => layer.name === name)!.relativeError).toBeCloseTo(squaredError(data, real), 12);
});

it('quantizes what patterns choose', async () => {
  const chosen = async (options: ConvertOptions) => {
    const { layers } = await convertCheckpoint(given.file, place('out.safetensors'), options);
    return layers.map(({ name }) => name).sort();
  };
  expect(await chosen({ exclude: ['*.0.*', /^weight$/] })).toEqual(['model.layers.1.output.dense.weight']);
  expect(await chosen({ include: ['lm_head.*', '*.q_pro?.weight'] })).toEqual([
    'lm_head.weight',
    'model.layers.0.self_attn.q_proj.weight',
  ]);
  expect(await chosen({ include: [/layers/g], exclude: ['*down_proj*'] })).toEqual([
    'model.layers.0.self_attn.q_proj.weight',
    'model.layers.1.output.dense.weight',
  ]);
});

it('makes layers that QuantizedLinear takes', async () => {
  await convertCheckpoint(given.file, place('out.safetensors'), { format: 'int4', group: 32 });
  using checkpoint = openCheckpoint(place('out.safetensors'));
  const name = 'model.layers.0.self_attn.q_proj';
  const weight = (await checkpoint.weight(`${name}.weight`)) as StoredWeights;
  const bias = ((await checkpoint.weight(`${name}.bias`)) as Tensor<'float32'>).data;
  const layer = QuantizedLinear.from({ weight, bias } as never);
  const x = new Tensor(
    'float32',
    Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)),
    [1, 64],
  );
  const y = layer.forward(x).data as Float32Array;
  const real = storedValues(weight);
  const expected = Array.from({ length: 48 }, (_, row) =>
    x.data.reduce((sum, v, i) => sum + v * real[64 * row + i]!, bias[row]!),
  );
  expect(Math.max(...y.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(0.02);
});

describe('several files and folders', () => {
  it('go in and out, with config.json', async () => {
    const source = await smallCheckpoint('model.safetensors.index.json', 100_000);
    const target = path.join(source.folder, 'made/');
    try {
      fs.writeFileSync(path.join(source.folder, 'config.json'), '{"hidden_size": 64}');
      const { files } = await convertCheckpoint(source.folder, target, { maxShardBytes: 200_000 });
      expect(files.map((file) => path.basename(file))).toEqual([
        'model-00001-of-00002.safetensors',
        'model-00002-of-00002.safetensors',
        'model.safetensors.index.json',
        'config.json',
      ]);
      const config = JSON.parse(fs.readFileSync(path.join(target, 'config.json'), 'utf8'));
      expect(config).toMatchObject({
        hidden_size: 64,
        quantization_config: {
          quant_method: 'bitsandbytes',
          bnb_4bit_quant_type: 'nf4',
          llm_int8_skip_modules: ['lm_head', 'model.embed_tokens'],
        },
      });
      using checkpoint = openCheckpoint(target);
      for (const { name } of LAYERS) {
        const files = [...checkpoint.stored.tensors.values()].filter(
          (info) => info.name === name || info.name.startsWith(`${name}.`),
        );
        expect([files.length, new Set(files.map(({ file }) => file)).size]).toEqual([6, 1]);
      }
      await convertCheckpoint(given.file, place('one.safetensors'));
      using one = openCheckpoint(place('one.safetensors'));
      for (const { name } of LAYERS)
        expect(digestOf(await checkpoint.weight(name))).toEqual(digestOf(await one.weight(name)));
      const small = await convertCheckpoint(source.folder, target, { format: 'int8', clip: 'range' });
      expect(small.files.map((file) => path.basename(file))).toEqual(['model.safetensors', 'config.json']);
    } finally {
      fs.rmSync(source.folder, { recursive: true });
    }
  });
});

it('reports how far it is', async () => {
  const steps: number[] = [];
  const names = new Set<string>();
  const size = [...LAYERS, ...OTHERS].length;
  await convertCheckpoint(given.file, place('out.safetensors'), {
    onProgress: ({ name, done, total }) => {
      names.add(name);
      steps.push(done / total);
    },
  });
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  expect([steps.at(-1), names.size]).toEqual([1, size]);
});
