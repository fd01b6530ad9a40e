// Conversions that cannot be: a typed error each, and the target as it was.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConvertOptions, convertCheckpoint, openSafetensors } from '../../lib/checkpoint';
import { type SmallCheckpoint, smallCheckpoint, temporaries } from './small_checkpoint';

let given: SmallCheckpoint;
beforeAll(async () => {
  given = await smallCheckpoint();
});
afterAll(() => fs.rmSync(given.folder, { recursive: true }));
const place = (name: string) => path.join(given.folder, name);

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
