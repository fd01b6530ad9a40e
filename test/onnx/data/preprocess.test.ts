import path from 'node:path';
import { expect, it } from 'vitest';
import { openSamples } from '../../../lib/onnx/data';
import { loadSharp, pictureForm, readImages } from '../../../lib/onnx/data/image_source';
import { preprocessingOf, valuesOfPixels } from '../../../lib/onnx/data/preprocess';
import { useFolder } from '../../data_files/written';
import { info } from '../execute/tiny_models';

// Two pixels: (0, 51, 255) and (255, 0, 102).
const PIXELS = Uint8Array.of(0, 51, 255, 255, 0, 102);

it.each([
  ['raw', [0, 255, 51, 0, 255, 102]],
  ['unit', [0, 1, 0.2, 0, 1, 0.4]],
  ['signed', [-1, 1, -0.6, -1, 1, -0.2]],
  ['imagenet', [-2.1179, 2.2489, -1.1429, -2.0357, 2.64, -0.0267]],
] as const)('%s', (name, expected) => {
  const values = valuesOfPixels(PIXELS, 3, 'nchw', preprocessingOf(name));
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 3);
  const last = valuesOfPixels(PIXELS, 3, 'nhwc', preprocessingOf(name));
  expect(Array.from(last)).toEqual([0, 2, 4, 1, 3, 5].map((i) => values[i]));
});

it('swaps red and blue on request', () => {
  expect(valuesOfPixels(PIXELS, 3, 'nhwc', { channels: 'bgr' })).toEqual(Float32Array.of(255, 51, 0, 102, 0, 255));
});

it('refuses preprocessings that are none', () => {
  expect(() => preprocessingOf('imagenette' as never)).toThrow(
    /no preprocessing "imagenette", expected one of raw, unit/,
  );
  expect(() => preprocessingOf({ deviation: 0 })).toThrow(/deviation cannot be 0/);
  expect(() => preprocessingOf({ mean: [1, Number.NaN] })).toThrow(/mean/);
  expect(() => valuesOfPixels(PIXELS, 3, 'nchw', { mean: [1, 2] })).toThrow(/2 numbers for the 3 channels/);
});

it('reads layout, channels and size from the model', () => {
  const first = pictureForm([info('x', 'float32', ['N', 3, 32, 48])], {});
  expect(first).toEqual({ input: 'x', layout: 'nchw', channels: 3, height: 32, width: 48 });
  const last = pictureForm([info('x', 'float32', [1, 'h', 'w', 1])], { size: [5, 6] });
  expect(last).toEqual({ input: 'x', layout: 'nhwc', channels: 1, height: 6, width: 5 });
  expect(() => pictureForm([info('x', 'float32', ['N', 42])], {})).toThrow(/four axes/);
});

it('says what to install for pictures', async () => {
  const absent = () => Promise.reject(new Error('Cannot find package'));
  await expect(loadSharp(absent)).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED',
    hint: 'Install it with: npm install sharp',
  });
});

const write = useFolder();

/** Notes what sharp is asked to do, and gives pixels that count up. */
function fakeSharp(calls: unknown[]) {
  return (file: string) => {
    const box = { width: 0, height: 0, channels: 3 };
    const sharp = new Proxy({} as never, {
      get: (_, name: string) => async_(name),
    });
    const async_ = (name: string) => (argument: unknown) => {
      calls.push([name, argument]);
      if (name === 'extract') Object.assign(box, argument);
      if (name !== 'toBuffer') return sharp;
      if (file === 'broken.png') return Promise.reject(new Error('unsupported image format'));
      return Promise.resolve({ data: new Uint8Array(box.width * box.height * 3).map((_, i) => i), info: box });
    };
    return sharp;
  };
}

it('asks sharp for the central square, and names a picture that it cannot read', async () => {
  const calls: unknown[] = [];
  const form = pictureForm([info('x', 'float32', ['N', 3, 2, 2])], {});
  const read = readImages(['a.png', 'broken.png'], form, { crop: 0.5 }, fakeSharp(calls));
  expect((await read.next()).value).toEqual({
    source: 'a.png',
    tensors: { x: { type: 'float32', dims: [3, 2, 2], data: Float32Array.of(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11) } },
  });
  expect(calls).toContainEqual(['resize', { width: 4, height: 4, fit: 'cover' }]);
  expect(calls).toContainEqual(['extract', { left: 1, top: 1, width: 2, height: 2 }]);
  await expect(read.next()).rejects.toThrow('broken.png: cannot be read as a picture: unsupported image format');
});

it('wants to know what is done to pixels', async () => {
  const file = write(Uint8Array.of(0), 'a.png');
  const open = openSamples(path.dirname(file), [info('x', 'float32', ['N', 3, 2, 2])]);
  await expect(open).rejects.toMatchObject({
    message: expect.stringMatching(/pixels of its pictures must be said/),
    hint: 'Name a preprocessing: raw, unit, signed, imagenet, clip.',
  });
});
