// octavo quantize and inspect on checkpoints, as they are called.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCheckpoint } from '../../lib/checkpoint';
import { LAYERS, OTHERS, type SmallCheckpoint, smallCheckpoint, temporaries } from '../checkpoint/small_checkpoint';

const main = path.join(__dirname, '..', '..', 'dist/lib/cli/main.js');
let given: SmallCheckpoint;
beforeAll(async () => {
  given = await smallCheckpoint('model.safetensors.index.json', 200_000);
});
afterAll(() => fs.rmSync(given.folder, { recursive: true }));
const at = (name: string) => path.join(given.folder, name);
const env = { ...process.env, LC_ALL: 'C.UTF-8', OCTAVO_DEBUG: '' };

function octavo(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: given.folder,
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

it('converts an index or its folder, prints the error of each layer, and replaces nothing', () => {
  const { status, stdout, stderr } = octavo('quantize', 'model.safetensors.index.json', '--weight-format', 'nf4');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(
    /^model\.safetensors\.index\.json: 4 layers in nf4, groups of 64; 5 other tensors\n\nlayer +dims +bits +squared error +SQNR\n/,
  );
  expect(stdout).toMatch(/\nmodel\.layers\.0\.mlp\.down_proj\.weight +\[331, 3200\] +4\.13 +0\.00\d+ +2\d\.\d dB\n/);
  expect(stdout).toMatch(
    /\nall 4 +4\.13 +0\.00\d+ +2\d\.\d dB\n\n4\.\d+ MB -> \d+ kB, \d\.\d\d x smaller\nwritten to model\.nf4-00001-of-00001\.safetensors and 1 more\n$/,
  );
  using checkpoint = openCheckpoint(at('model.nf4.safetensors.index.json'));
  expect([checkpoint.quantized.size, checkpoint.stored.tensors.has('lm_head.weight')]).toEqual([4, true]);
  const again = octavo('quantize', '.', '--weight-format', 'nf4');
  expect(again).toEqual({
    status: 1,
    stdout: '',
    stderr: 'octavo: model.nf4.safetensors.index.json: exists already; --force replaces it\n',
  });
});

it('takes its options, and prints JSON', () => {
  const args = [
    'quantize',
    '.',
    '-o',
    'made/',
    '--weight-format',
    'int8',
    '--clip',
    'range',
    '--include',
    '/layers/',
    '--exclude',
    '*.1.*',
  ];
  const { status, stdout } = octavo(...args, '--float16-rest', '--threads', '2', '--json');
  expect(status).toBe(0);
  const { layers, total, files, metadata } = JSON.parse(stdout);
  expect(layers.map(({ name }: { name: string }) => name).sort()).toEqual(LAYERS.slice(0, 2).map(({ name }) => name));
  expect(layers[0]).toMatchObject({
    format: 'int8',
    group: 'channel',
    bitsPerWeight: expect.any(Number),
    relativeError: expect.any(Number),
  });
  expect([files, total.parameters]).toEqual([[path.join('made', 'model.safetensors')], 331 * 3200 + 48 * 64]);
  expect(JSON.parse(metadata.quantization_config)).toMatchObject({
    quant_method: 'compressed-tensors',
    format: 'pack-quantized',
  });
  const shown = octavo('inspect', path.join('made', 'model.safetensors'), '--list', '2').stdout;
  expect(shown).toMatch(
    /: 13 tensors, [\d.]+ MB \(.*F16 .*\)\n {2}2 layers are quantized\n {2}format: pt\n {2}quantization_config: \{"quant_method/,
  );
  expect(shown).toMatch(/\nand 11 more\n$/);
});

it('lists the tensors of a checkpoint', () => {
  const { status, stdout } = octavo('inspect', 'model.safetensors.index.json', '--json');
  expect(status).toBe(0);
  const summary = JSON.parse(stdout);
  expect(summary.tensors).toHaveLength(LAYERS.length + OTHERS.length);
  expect(summary.tensors).toContainEqual({ name: 'lm_head.weight', dtype: 'F32', dims: [10, 64], bytes: 2560 });
  expect([summary.quantized, summary.metadata, summary.byType.I64]).toEqual([[], { format: 'pt' }, 8]);
});

it('refuses its own input with exit code 1, and options of the other kind of model with 2', () => {
  const [one] = fs.readdirSync(given.folder).filter((name) => name.startsWith('model-'));
  const bytes = fs.readFileSync(at(one!));
  expect(octavo('quantize', one!, '-o', one!, '--force', '--include', '*')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/is the checkpoint itself/),
  });
  expect(fs.readFileSync(at(one!)).equals(bytes)).toBe(true);
  fs.writeFileSync(at('broken.safetensors'), '{}');
  expect(octavo('quantize', 'broken.safetensors')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^octavo: broken\.safetensors: not a safetensors file[^\n]*\n$/),
  });
  const wrong = [
    [[one!, '--mode', 'static'], /--mode is for ONNX models/],
    [[one!, '--weight-format', 'uint8'], /uint8 is for ONNX models/],
    [['model.onnx', '--weight-format', 'bfloat16'], /bfloat16 is for checkpoints/],
    [['model.onnx', '--shard-size', '5GB'], /--shard-size is for checkpoints/],
  ] as const;
  for (const [args, message] of wrong)
    expect(octavo('quantize', ...args)).toMatchObject({ status: 2, stderr: expect.stringMatching(message) });
  expect(temporaries(given.folder)).toEqual([]);
});

it('leaves nothing behind when it is interrupted', async () => {
  const [bytes, source] = [4 * 2 ** 30, at('zeros.safetensors')];
  const json = Buffer.from(
    JSON.stringify({ 'a.weight': { dtype: 'F32', shape: [2 ** 15, 2 ** 15], data_offsets: [0, bytes] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  fs.writeFileSync(source, Buffer.concat([length, json]));
  fs.truncateSync(source, 8 + json.length + bytes);
  const target = 'zeros.nf4.safetensors';
  fs.writeFileSync(at(target), 'old');
  const child = spawn(process.execPath, [main, 'quantize', source, '-o', target, '--force'], {
    cwd: given.folder,
    env,
  });
  const exit = new Promise<number | null>((done) => child.on('exit', done));
  while (child.exitCode === null && temporaries(given.folder).every((name) => fs.statSync(at(name)).size < 1e6))
    await new Promise((done) => setTimeout(done, 5));
  child.kill('SIGINT');
  expect(await exit).toBe(130);
  expect([temporaries(given.folder), fs.readFileSync(at(target), 'utf8')]).toEqual([[], 'old']);
});
