// Paths that lead to no file, and files that are replaced: refused by name, and whole at every moment.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { matmulInt8, PackedWeights, packWeights, QuantizedLinear, Tensor } from '../../lib';
import { expectCode, expectRejection } from '../reference/expectations';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-paths-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, 'weights.octavo');

describe('what is no file', () => {
  beforeEach(() => fs.rmSync(file, { force: true, recursive: true }));

  it.each(Object.entries({ PackedWeights, QuantizedLinear }))('is refused by %s.load', async (_, type) => {
    const missing = path.join(folder, 'missing', 'x');
    expectCode(() => type.load(missing), 'ERR_FILE', /missing\/x: cannot read: no such file/);
    await expectRejection(type.loadAsync(missing), 'ERR_FILE', /missing\/x: cannot read: no such file/);
    expectCode(() => type.load(folder), 'ERR_FILE', /cannot read: is a directory/);
    expectCode(() => type.load('a\0b'), 'ERR_FILE', /"a\\u0000b": cannot read: invalid argument/);
    expectCode(() => type.load('\n'), 'ERR_FILE', /"\\n": cannot read/);
    expectCode(() => type.load(''), 'ERR_FILE', /cannot read/);
    execFileSync('mkfifo', [file]);
    expectCode(() => type.load(file), 'ERR_FILE', /not a regular file/);
    expectCode(() => type.load('/dev/zero'), 'ERR_FILE', /not a regular file/);
    for (const wrong of [undefined, null, 7, {}, Buffer.from(file)]) {
      expectCode(() => type.load(wrong as never), 'ERR_DTYPE', /path must be a string/);
      await expectRejection(type.loadAsync(wrong as never), 'ERR_DTYPE', /path must be a string/);
    }
    expectCode(() => type.load(file, { mmap: 1 as never }), 'ERR_DTYPE', /options.mmap/);
    expectCode(() => type.load(file, 'mmap' as never), 'ERR_DTYPE', /options/);
  });

  it('is not written to', async () => {
    const weights = packWeights(Tensor.zeros('int8', [2, 3]));
    const missing = path.join(folder, 'missing', 'x');
    expectCode(() => weights.save(missing), 'ERR_FILE', /missing\/x: cannot write: no such file/);
    await expectRejection(weights.saveAsync(missing), 'ERR_FILE', /missing\/x: cannot write: no such file/);
    expectCode(() => weights.save(folder), 'ERR_FILE', /cannot write: is a directory/);
    expectCode(() => weights.save(''), 'ERR_FILE', /cannot write/);
    expectCode(() => weights.save('a\0b'), 'ERR_FILE', /cannot write: invalid argument/);
    execFileSync('mkfifo', [file]);
    expectCode(() => weights.save(file), 'ERR_FILE', /not a regular file/);
    expectCode(() => weights.save(7 as never), 'ERR_DTYPE', /path must be a string/);
    await expectRejection(weights.saveAsync(undefined as never), 'ERR_DTYPE', /path must be a string/);
    expect(fs.readdirSync(folder)).toEqual(['weights.octavo']);
  });
});

describe('replacing a file', () => {
  const target = path.join(folder, 'target.octavo');
  const weights = packWeights(new Tensor('int8', new Int8Array(64 * 64).fill(3), [64, 64]));

  it('keeps a symbolic link, and leaves nothing behind', () => {
    fs.rmSync(file, { force: true });
    fs.symlinkSync(target, file);
    packWeights(Tensor.zeros('int8', [1, 1])).save(file); // the link's target is not there yet, so the link is replaced
    expect(fs.lstatSync(file).isSymbolicLink()).toBe(false);
    packWeights(Tensor.zeros('int8', [1, 1])).save(target);
    fs.rmSync(file);
    fs.symlinkSync(target, file);
    weights.save(file);
    expect(fs.lstatSync(file).isSymbolicLink()).toBe(true);
    expect(PackedWeights.load(target).k).toBe(64);
    expect(fs.readdirSync(folder).sort()).toEqual(['target.octavo', 'weights.octavo']);
  });

  // Windows has only the permission to write.
  it.skipIf(process.platform === 'win32')('keeps its permissions', () => {
    weights.save(target);
    fs.chmodSync(target, 0o640);
    weights.save(target);
    expect(fs.statSync(target).mode & 0o777).toBe(0o640);
    fs.rmSync(target);
    weights.save(target);
    expect(fs.statSync(target).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it('that cannot be written leaves the old one', () => {
    weights.save(target);
    const before = fs.readFileSync(target);
    // A file may grow to 512 bytes in this process.
    const program = `const { packWeights, Tensor } = require(${JSON.stringify(path.join(__dirname, '../../dist/lib/index.js'))});
      try { packWeights(Tensor.zeros('int8', [64, 64])).save(${JSON.stringify(target)}); }
      catch (error) { console.log(error.code, error.message); }`;
    const shell = `trap '' XFSZ; ulimit -f 1; exec "$0" -e "$1"`;
    const output = execFileSync('sh', ['-c', shell, process.execPath, program], { encoding: 'utf8' });
    expect(output).toBe(`ERR_FILE ${target}: cannot write: file too large\n`);
    expect(fs.readFileSync(target)).toEqual(before);
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('again and again never shows a reader half of one', async () => {
    const other = packWeights(new Tensor('int8', new Int8Array(64 * 64).fill(5), [64, 64]));
    const a = new Tensor('int8', new Int8Array(64).fill(1), [1, 64]);
    weights.save(target);
    const saves = Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? other : weights).saveAsync(target));
    const loads = Array.from({ length: 60 }, (_, i) => PackedWeights.loadAsync(target, { mmap: i % 2 === 0 }));
    for (const loaded of await Promise.all(loads)) expect([192, 320]).toContain(matmulInt8(a, loaded).data[7]);
    await Promise.all(saves);
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
