import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSamples } from '../../../lib/onnx/data';
import { info } from '../execute/tiny_models';
import { drawn } from './sample_files';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-tokens-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

let files = 0;
function write(...lines: string[]): string {
  const file = path.join(folder, `${files++}.jsonl`);
  fs.writeFileSync(file, lines.join('\n'));
  return file;
}

const inputs = (length: number | string) =>
  ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'].map((name) => info(name, 'int64', ['N', length]));
const rows = (length: number, ...values: number[]) => ({
  type: 'int64',
  dims: [values.length / length, length],
  data: BigInt64Array.from(values, BigInt),
});

it('pads to the longest of a batch, and fills in masks and positions', async () => {
  const file = write('[5, 6, 7]', '', '{"input_ids": [8], "token_type_ids": [1], "label": 3}', '[9, 9]');
  expect(await drawn(await openSamples(file, inputs('S'), { batch: 2, padId: 4 }))).toEqual([
    {
      input_ids: rows(3, 5, 6, 7, 8, 4, 4),
      attention_mask: rows(3, 1, 1, 1, 1, 0, 0),
      token_type_ids: rows(3, 0, 0, 0, 1, 0, 0),
      position_ids: rows(3, 0, 1, 2, 0, 1, 2),
    },
    {
      input_ids: rows(2, 9, 9),
      attention_mask: rows(2, 1, 1),
      token_type_ids: rows(2, 0, 0),
      position_ids: rows(2, 0, 1),
    },
  ]);
  expect(await drawn(await openSamples(file, inputs('S'), { batch: 2, limit: 1 }))).toHaveLength(1);
});

it("pads to the model's length, cuts off what is longer, and casts", async () => {
  const file = write('[1, 2, 3]', '[4]');
  const source = await openSamples(file, [info('tokens', 'int32', ['N', 2])]);
  expect(await drawn(source)).toEqual([
    { tokens: { type: 'int32', dims: [1, 2], data: Int32Array.of(1, 2) } },
    { tokens: { type: 'int32', dims: [1, 2], data: Int32Array.of(4, 0) } },
  ]);
});

it.each([
  ['no JSON', '[1,', /\.jsonl, line 2: no JSON/],
  ['a text', '"hello"', /line 2: expected token ids, got "hello"/],
  ['no ids', '{"text": "a"}', /line 2: it has no 'input_ids'/],
  ['nothing', '[]', /line 2: 'input_ids' is empty/],
  ['fractions', '{"input_ids": [1.5]}', /line 2: 'input_ids' must be an array of integers/],
  [
    'a mask of another length',
    '{"input_ids": [1, 2], "attention_mask": [1]}',
    /line 2: 'attention_mask' has 1 values, 'input_ids' has 2/,
  ],
])('names the line with %s', async (_, line, message) => {
  const source = await openSamples(write('[1]', line), inputs('S'));
  await expect(drawn(source)).rejects.toMatchObject({
    code: 'ERR_FILE',
    sample: 1,
    message: expect.stringMatching(message),
  });
});

it('refuses a model without an input for ids', async () => {
  const source = await openSamples(write('[1]'), [info('x', 'float32', ['N', 2])]);
  await expect(drawn(source)).rejects.toThrow(/the model has no input for token ids/);
});
