import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readExactly, withFile } from '../../lib/files/file_access';
import { replaceFile } from '../../lib/files/replace_files';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-files-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, 'a');

it('replaceFile leaves the old file and no temporary one when writing fails in the middle', () => {
  fs.writeFileSync(file, 'old');
  function* chunks(): Generator<Uint8Array> {
    yield Buffer.from('half of the new content');
    expect(fs.readFileSync(file, 'utf8')).toBe('old');
    expect(fs.readdirSync(folder)).toHaveLength(2);
    throw Object.assign(new Error('write failed'), { code: 'ENOSPC' });
  }
  expect(() => replaceFile(file, chunks())).toThrow(`${file}: cannot write: no space left on the device`);
  expect(fs.readFileSync(file, 'utf8')).toBe('old');
  expect(fs.readdirSync(folder)).toEqual(['a']);
});

it('replaceFile writes all chunks', () => {
  replaceFile(file, [Buffer.from('one '), Buffer.alloc(0), Buffer.from('two')]);
  expect(fs.readFileSync(file, 'utf8')).toBe('one two');
  expect(fs.readdirSync(folder)).toEqual(['a']);
});

// Windows has neither.
it.skipIf(process.platform === 'win32')('replaceFile keeps permissions, and replaces nothing but regular files', () => {
  fs.writeFileSync(file, 'secret');
  fs.chmodSync(file, 0o600);
  replaceFile(file, [Buffer.from('new')]);
  expect([fs.readFileSync(file, 'utf8'), fs.statSync(file).mode & 0o777]).toEqual(['new', 0o600]);
  const pipe = path.join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  expect(() => replaceFile(pipe, [])).toThrow(`${pipe}: cannot write: not a regular file`);
  expect(fs.statSync(pipe).isFIFO()).toBe(true);
  fs.rmSync(pipe);
});

it('withFile passes on errors that are not of the system, and closes the file', () => {
  fs.writeFileSync(file, 'x');
  let opened = -1;
  const use = () =>
    withFile(file, ({ fd }) => {
      opened = fd;
      throw new TypeError('a bug');
    });
  expect(use).toThrow(new TypeError('a bug'));
  expect(() => fs.fstatSync(opened)).toThrow(/EBADF/);
});

it('readExactly says when a file ends early', () => {
  fs.writeFileSync(file, '12345');
  expect(() => withFile(file, (open) => readExactly(open, new Uint8Array(4), 2))).toThrow(
    /became shorter while it was read/,
  );
});

it('paths that are not texts are refused with ERR_DTYPE', () => {
  expect(() => withFile(7 as unknown as string, () => 0)).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }));
  expect(() => replaceFile(undefined as unknown as string, [])).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }));
});
