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
import { LAYERS, OTHERS, type SmallCheckpoint, smallCheckpoint, temporaries } from './small_checkpoint';

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

describe('refuses, and leaves the target as it was:', () => {
  const refused = async (
    options: ConvertOptions,
    code: string,
    message: RegExp,
    source = given.file,
    target = place('old.safetensors'),
  ) => {
    fs.writeFileSync(place('old.safetensors'), 'old');
    const error = await convertCheckpoint(source, target, options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(fs.readFileSync(place('old.safetensors'), 'utf8')).toBe('old');
    expect(temporaries(given.folder)).toEqual([]);
  };

  it('options that make no sense', async () => {
    await refused({ format: 'int3' as never }, 'ERR_RANGE', /format must be one of nf4, fp4/);
    await refused({ group: 33 }, 'ERR_RANGE', /group must be even/);
    await refused({ group: 'channel' }, 'ERR_DTYPE', /group must be a number/);
    await refused({ clip: 'mse' }, 'ERR_RANGE', /clip must be absent for nf4/);
    await refused(
      { format: 'int4', doubleQuantization: true },
      'ERR_RANGE',
      /doubleQuantization must be absent for int4/,
    );
    await refused({ format: 'float16', group: 4 }, 'ERR_RANGE', /group must be absent for float16/);
    await refused({ rest: 'int8' as never }, 'ERR_RANGE', /rest must be one of/);
    await refused({ threads: 0 }, 'ERR_RANGE', /threads/);
    await refused({ include: 'x' as never }, 'ERR_DTYPE', /include must be a list/);
    await refused({ exclude: [3 as never] }, 'ERR_DTYPE', /exclude\[0\] must be a text/);
    await refused({ include: ['nothing*'] }, 'ERR_RANGE', /nothing to quantize/);
    await refused({ exclude: ['*'] }, 'ERR_RANGE', /nothing to quantize/);
  });

  it('files that cannot be read or written', async () => {
    await refused({}, 'ERR_FILE', /no such file/, place('none.safetensors'));
    await refused({}, 'ERR_FILE', /is the checkpoint itself/, given.file, given.file);
    fs.symlinkSync(given.file, place('link.safetensors'));
    await refused({}, 'ERR_FILE', /is the checkpoint itself/, given.file, place('link.safetensors'));
    await refused({}, 'ERR_FILE', /no such file or directory/, given.file, place('none/out.safetensors'));
    fs.rmSync(place('link.safetensors'));
  });

  it.each([
    [
      'nf4',
      'model.layers.0.mlp.down_proj.weight',
      331 * 3200 - 1,
      /tensor "model\.layers.*" must be finite, got NaN at \[330, 3199\]/,
    ],
    ['int8', 'model.layers.0.mlp.down_proj.weight', 3200, /must be finite, got NaN at \[1, 0\]/],
  ] as const)('weights that are not finite: %s', async (format, name, index, message) => {
    const source = place('nan.safetensors');
    fs.copyFileSync(given.file, source);
    const reader = openSafetensors(source);
    const info = reader.tensors.get(name)!;
    reader.close();
    // Float64 weights come first, and F32 ones by name: the layer's own place is found by its first values.
    const bytes = fs.readFileSync(source);
    const start = bytes.indexOf(Buffer.from((given.values.get(name) as Float32Array).buffer, 0, 64));
    bytes.writeFloatLE(Number.NaN, start + 4 * index);
    fs.writeFileSync(source, bytes);
    expect(info.dtype).toBe('F32');
    await refused({ format }, 'ERR_RANGE', message, source);
  });

  it('values beyond float16', async () => {
    const source = place('large.safetensors');
    const bytes = fs.readFileSync(given.file);
    const start = bytes.indexOf(Buffer.from((given.values.get('model.norm.weight') as Float32Array).buffer));
    bytes.writeFloatLE(70_000, start + 8);
    fs.writeFileSync(source, bytes);
    await refused(
      { rest: 'float16' },
      'ERR_RANGE',
      /tensor "model.norm.weight" has a value beyond float16: 70000/,
      source,
    );
  });

  it('a source that changes meanwhile', async () => {
    const source = place('cut.safetensors');
    fs.copyFileSync(given.file, source);
    const cut = () => fs.truncateSync(source, 10_000);
    await refused(
      { onProgress: cut },
      'ERR_FILE',
      /cut\.safetensors: (became shorter|changed) while it was read/,
      source,
    );
  });

  it('what is aborted: before, and meanwhile', async () => {
    await refused({ signal: AbortSignal.abort(Object.assign(new Error('enough'), { code: 'X' })) }, 'X', /enough/);
    const controller = new AbortController();
    let left: string[] | undefined;
    const onProgress = () => {
      if (controller.signal.aborted) return;
      controller.abort(Object.assign(new Error('stop'), { code: 'Y' }));
      left = temporaries(given.folder); // at once: the process may end now
    };
    await refused({ signal: controller.signal, onProgress }, 'Y', /stop/);
    expect(left).toEqual([]);
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
