// Pictures through sharp itself, where it can be installed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSamples } from '../../../lib/onnx/data';
import { info } from '../execute/tiny_models';
import { drawn } from './sample_files';

type Sharp = (pixels: Uint8Array, options: object) => { png(): { toFile(file: string): Promise<unknown> } };
let sharp: Sharp | undefined;
beforeAll(async () => {
  // As a string, so that the types of the tests do not depend on what is installed.
  sharp = await import('sharp' as string).then(
    (module: { default: Sharp }) => module.default,
    () => undefined,
  );
});

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-pictures-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A picture of one color. */
async function paint(name: string, [r, g, b]: readonly [number, number, number], width = 8, height = 6): Promise<void> {
  const pixels = Uint8Array.from({ length: 3 * width * height }, (_, i) => [r, g, b][i % 3]!);
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  await sharp!(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
}

it('reads a folder of pictures and those within it, in the order of their names', async ({ skip }) => {
  if (sharp === undefined) skip('skipped: sharp not installed');
  await paint('b/two.png', [0, 51, 255]);
  await paint('a.png', [255, 0, 102], 5, 9);
  const model = [info('x', 'float32', ['N', 3, 2, 2])];
  const source = await openSamples(folder, model, { preprocess: 'unit', batch: 2 });
  expect(source).toMatchObject({ count: 2, batch: 2, description: `pictures of ${folder}` });
  const [feeds] = await drawn(source);
  const [first, second] = [
    [255, 0, 102],
    [0, 51, 255],
  ];
  const expected = [...first!, ...second!].flatMap((value) =>
    new Array(4).fill(Math.fround(Math.fround(1 / 255) * value)),
  );
  expect(feeds!.x!.dims).toEqual([2, 3, 2, 2]);
  Array.from(feeds!.x!.data as Float32Array).forEach((value, i) => void expect(value).toBeCloseTo(expected[i]!, 6));

  const bytes = await openSamples(folder, [info('x', 'uint8', [1, 4, 2, 3])], { limit: 1 });
  expect((await drawn(bytes))[0]!.x).toEqual({
    type: 'uint8',
    dims: [1, 4, 2, 3],
    data: Uint8Array.from({ length: 24 }, (_, i) => [255, 0, 102][i % 3]!),
  });
});

it('names a picture that is none', async ({ skip }) => {
  if (sharp === undefined) skip('skipped: sharp not installed');
  fs.writeFileSync(path.join(folder, '0.jpg'), 'no picture');
  const source = await openSamples(folder, [info('x', 'float32', ['N', 3, 2, 2])], { preprocess: 'raw' });
  await expect(drawn(source)).rejects.toMatchObject({
    code: 'ERR_FILE',
    message: expect.stringMatching(/0\.jpg: cannot be read as a picture/),
  });
});
