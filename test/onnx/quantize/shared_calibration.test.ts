// Calibration that several runs share: their sketches give the ranges of all samples together.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { Sketch } from '../../../lib/calibrate';
import { modelBytes, readModel } from '../../../lib/onnx';
import { quantize } from '../../../lib/onnx/quantize';
import { npyFile } from '../../data_files/written';
import { Random } from '../../reference/random';
import { temporaryFolder } from '../files';
import { samplesOf, tinyCnn } from './tiny_models';

const cnn = modelBytes(tinyCnn());
const calm = { measure: false, target: 'ort-x64' } as const;
const part = (from: number, to: number) => () => [...samplesOf([1, 3, 8, 8], 12)()].slice(from, to);
/** Everything but the recipe, which tells where the samples came from. */
const graphOf = (bytes: Uint8Array) => {
  const model = readModel(bytes);
  model.metadata.clear();
  return modelBytes(model);
};

it('takes the sketches of other runs beside samples, or in their place', async () => {
  const whole = await quantize(cnn, { ...calm, calibration: part(0, 12) });
  const first = await quantize(cnn, { ...calm, calibration: part(0, 4) });
  expect(graphOf(first.bytes())).not.toEqual(graphOf(whole.bytes()));
  const both = await quantize(cnn, { ...calm, calibration: part(4, 12), sketches: first.sketches });
  expect(graphOf(both.bytes())).toEqual(graphOf(whole.bytes()));
  expect(both.report.calibration!.digest).toBe(whole.report.calibration!.digest);
  const alone = await quantize(cnn, { ...calm, sketches: whole.sketches });
  expect(graphOf(alone.bytes())).toEqual(graphOf(whole.bytes()));
  expect(alone.report).toMatchObject({ mode: 'static', calibration: { source: 'sketches', samples: 0 } });
});

it('refuses sketches of other tensors', async () => {
  const sketches = new Map([['q', new Sketch().observe({ type: 'float32', dims: [1], data: Float32Array.of(1) })]]);
  await expect(quantize(cnn, { ...calm, sketches })).rejects.toMatchObject({
    code: 'ERR_NO_CALIBRATION_DATA',
    tensor: 'x',
    hint: expect.stringMatching(/merge the sketches/),
  });
  await expect(quantize(cnn, { ...calm, sketches: {} as never })).rejects.toMatchObject({ code: 'ERR_DTYPE' });
});

it('saves and takes them by command', () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder, name);
  const pixels = new Random(5).float32(6 * 192, 2);
  const shape = (count: number) => `{'descr': '<f4', 'fortran_order': False, 'shape': (${count}, 3, 8, 8), }`;
  const main = path.join(__dirname, '..', '..', '..', 'dist', 'lib', 'cli', 'main.js');
  const run = (...args: string[]) => {
    const all = ['quantize', at('cnn.onnx'), '--quiet', '--no-measure', '--force', '-o', at('q.onnx'), ...args];
    const { status, stderr } = spawnSync(process.execPath, [main, ...all], { encoding: 'utf8' });
    return { status, stderr };
  };
  writeFileSync(at('cnn.onnx'), cnn);
  writeFileSync(at('a.npy'), npyFile(shape(2), new Uint8Array(pixels.slice(0, 2 * 192).buffer)));
  writeFileSync(at('b.npy'), npyFile(shape(4), new Uint8Array(pixels.slice(2 * 192).buffer)));
  writeFileSync(at('all.npy'), npyFile(shape(6), new Uint8Array(pixels.buffer)));
  const fine = { status: 0, stderr: '' };
  const bytes = () => graphOf(modelBytes(readModel(at('q.onnx'))));
  for (const name of ['a', 'b'])
    expect(run('--calib', at(`${name}.npy`), '--save-sketches', at(`${name}.sketches`))).toEqual(fine);
  expect(run('--sketches', at('a.sketches'), '--sketches', at('b.sketches'))).toEqual(fine);
  const merged = bytes();
  expect(run('--calib', at('all.npy'))).toEqual(fine);
  expect(merged).toEqual(bytes());
}, 60_000);
