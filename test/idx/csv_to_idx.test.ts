import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readIdx } from '../../lib/idx';

const script = path.join(__dirname, '..', '..', 'scripts', 'csv_to_idx.mjs');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-csv-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

function convert(content: string | Uint8Array, ...words: string[]): { code: number | null; stderr: string } {
  fs.writeFileSync(path.join(folder, 'table'), content);
  const child = spawnSync(process.execPath, [script, 'table', '--out', 'out', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { code: child.status, stderr: child.stderr };
}
const result = (kind: 'images' | 'labels') => readIdx(path.join(folder, `out-${kind}.idx`));

describe('csv_to_idx', () => {
  it('makes bytes of whole numbers, with the label last', () => {
    expect(convert('0,255,1\r\n7,8,0\r\n\r\n')).toEqual({ code: 0, stderr: '' });
    expect(result('images')).toEqual({ type: 'uint8', dims: [2, 2], data: Uint8Array.of(0, 255, 7, 8) });
    expect(result('labels')).toEqual({ type: 'int32', dims: [2], data: Int32Array.of(1, 0) });
  });

  it('makes float32 of all else, with the label first, under a header, gzipped', () => {
    expect(convert(zlib.gzipSync('label,a,b\n2, 0.5,-1e3\n'), '--label', 'first')).toEqual({ code: 0, stderr: '' });
    expect(result('images')).toEqual({ type: 'float32', dims: [1, 2], data: Float32Array.of(0.5, -1000) });
    expect(result('labels').data).toEqual(Int32Array.of(2));
  });

  it.each([
    ['1,2,0\n1,0\n', [], /table: line 2 has 2 fields, the first row has 3/],
    ['1,2,0\n1,x,0\n', [], /table: line 2: "x" is not a number/],
    ['1,2,0\n1,,0\n', [], /table: line 2: "" is not a number/],
    ['1,2,0.5\n', [], /the label 0.5 is not a whole number/],
    ['1,2,0\n', ['--label', 'middle'], /usage: /],
    ['a,b\n', [], /it holds no rows of numbers/],
    ['5\n', [], /its rows have one field/],
    [Uint8Array.of(0x1f, 0x8b, 1), [], /cannot read/],
  ])('refuses %j with one line', (content, words, message) => {
    const { code, stderr } = convert(content, ...words);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^csv_to_idx: [^\n]+\n$/);
  });
});
