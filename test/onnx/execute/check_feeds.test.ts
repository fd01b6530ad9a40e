import { expect, it } from 'vitest';
import { checkFeeds } from '../../../lib/onnx/execute';
import { floats, info } from './tiny_models';

const inputs = [info('x', 'float32', ['N', 3]), info('ids', 'int64', [1])];
const ids = { type: 'int64', dims: [1], data: BigInt64Array.of(7n) } as const;
const x = floats([2, 3], 1, 2, 3, 4, 5, 6);

it('takes what fits', () => {
  checkFeeds(inputs, { x, ids });
  checkFeeds([info('h', 'float16', [1])], { h: { type: 'float16', dims: [1], data: Uint16Array.of(1) } });
  checkFeeds([{ name: 'x', type: undefined }], { x });
});

it.each<[string, object, string, RegExp]>([
  ['missing', { x }, 'ERR_RANGE', /^input 'ids' is missing: expected int64 \[1\]$/],
  ['unknown', { x, ids, y: x }, 'ERR_RANGE', /^the model has no input 'y'; its inputs are 'x', 'ids'$/],
  [
    'of another type',
    { x: { ...ids, dims: [1, 1] }, ids },
    'ERR_DTYPE',
    /'x': expected float32 \[N, 3\], got int64 \[1, 1\]/,
  ],
  [
    'of another rank',
    { x: floats([3], 1, 2, 3), ids },
    'ERR_SHAPE',
    /'x': expected float32 \[N, 3\], got float32 \[3\]/,
  ],
  [
    'of other dims',
    { x: floats([1, 2], 1, 2), ids },
    'ERR_SHAPE',
    /'x': expected float32 \[N, 3\], got float32 \[1, 2\]/,
  ],
  ['too short', { x: floats([1, 3], 1), ids }, 'ERR_SHAPE', /'x': float32 \[1, 3\] takes 12 bytes, got 4/],
  [
    'in another array',
    { x, ids: { ...ids, data: [7] } },
    'ERR_DTYPE',
    /'ids': int64 data lie in BigInt64Array, got \[7\]/,
  ],
  [
    'of negative dims',
    { x: floats([-1, 3]), ids },
    'ERR_DTYPE',
    /'x': expected float32 \[N, 3\] as \{ type, dims, data \}/,
  ],
  ['no tensor', { x: 5, ids }, 'ERR_DTYPE', /'x': expected float32 \[N, 3\] as \{ type, dims, data \}, got 5/],
])('refuses an input that is %s', (_, feeds, code, message) => {
  expect(() => checkFeeds(inputs, feeds as never)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

it('refuses strings that do not fit, and types that nobody knows', () => {
  const strings = [info('s', 'string', [2])];
  const feeds = (data: unknown) => ({ s: { type: 'string', dims: [2], data } }) as never;
  checkFeeds(strings, feeds(['a', 'b']));
  expect(() => checkFeeds(strings, feeds(['a']))).toThrow(/1 strings do not fit \[2\]/);
  expect(() => checkFeeds(strings, feeds(Uint8Array.of(1, 2)))).toThrow(/expected an array of strings/);
  const unknown = { x: { type: 'float7', dims: [1], data: Uint8Array.of(1) } } as never;
  expect(() => checkFeeds([{ name: 'x', type: undefined }], unknown)).toThrow(/'x': expected a tensor/);
});
