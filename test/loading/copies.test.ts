// Several copies of the package in one process, and one copy loaded in every order.
import { linkSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { builtBinary, PackageCopy } from './package_copy';

const script = path.join(__dirname, 'two_copies.mjs');
const OTHER = version.replace(/\d+$/, (patch) => String((Number(patch) + 1) % 10));

/** A copy as another version would be: with its number in manifest and binary. */
function otherVersion(): PackageCopy {
  const copy = new PackageCopy();
  const binary = readFileSync(builtBinary);
  const number = Buffer.from(`${version}\0`);
  for (let at = binary.indexOf(number); at >= 0; at = binary.indexOf(number, at + 1)) binary.write(OTHER, at);
  copy.setVersion(OTHER);
  copy.setBinary(binary);
  return copy;
}

/** A copy whose binary is the very file of the first: so do package managers that keep one store for all projects. */
function hardLinked(): PackageCopy {
  const copy = new PackageCopy();
  const file = copy.setBinary('');
  rmSync(file);
  linkSync(path.join(first.platformFolder, path.basename(file)), file);
  return copy;
}

function secondCopy(): PackageCopy {
  const copy = new PackageCopy();
  copy.setBinary();
  return copy;
}

let first: PackageCopy;
beforeAll(() => {
  first = new PackageCopy();
  first.setBinary();
});
afterAll(() => first.remove());

describe('two copies in one process', () => {
  const run = (second: PackageCopy, where: string) => {
    const { status, signal, stdout, stderr } = first.run([script, first.folder, second.folder, where]);
    second.remove();
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
    return JSON.parse(stdout) as Record<string, string>;
  };
  it.each([
    ['of two versions', otherVersion],
    ['of one version', secondCopy],
  ])('%s work side by side, and refuse what belongs to the other', (_, make) => {
    const report = run(make(), 'main');
    expect(report).toEqual({
      first: 'same sums',
      second: 'same sums',
      packed: expect.stringMatching(/^ERR_DTYPE: .*PackedWeights of another copy of octavo/),
      handle: expect.stringMatching(/^ERR_DTYPE: .*is not a handle of this addon/),
      token: expect.stringMatching(/^ERR_DISPOSED: .*by another copy of octavo/),
      error: true,
    });
  });

  it('in the main thread and in a worker thread do so as well', () => {
    expect(run(secondCopy(), 'worker')).toEqual({
      first: 'same sums',
      second: 'same sums',
      token: expect.stringMatching(/^ERR_DISPOSED: .*by another copy of octavo/),
    });
  });

  it.runIf(process.platform !== 'win32')('that have one file for a binary share tokens, and no handles', () => {
    expect(run(hardLinked(), 'main')).toEqual({
      first: 'same sums',
      second: 'same sums',
      packed: expect.stringMatching(/^ERR_DTYPE: /),
      handle: expect.stringMatching(/^ERR_DTYPE: .*is not a handle of this addon/),
      token: 'same sums',
      error: true,
    });
  });
});

describe('one copy', () => {
  const run = (source: string) => first.run(['--input-type=module', '-e', source]);
  const done = { status: 0, signal: null, stdout: '', stderr: '' };
  const entry = (file: string) => JSON.stringify(pathToFileURL(path.join(first.folder, 'dist', file)).href);
  const inWorker = `
    import { Worker } from 'node:worker_threads';
    import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);
    const folder = ${JSON.stringify('FOLDER')};
    const once = () => new Promise((resolve, reject) => {
      const code = 'const o = require(' + JSON.stringify(folder) + ');' +
        "const b = o.packWeights(o.Tensor.from(Int8Array.of(2), [1, 1]));" +
        "o.matmulInt8Async(o.Tensor.from(Uint8Array.of(3), [1, 1]), b).then(({ data }) => { if (data[0] !== 6) throw data; });";
      new Worker(code, { eval: true, execArgv: [] }).on('error', reject).on('exit', resolve);
    });`;
  const withFolder = (source: string) => run(inWorker.replace('FOLDER', first.folder) + source);

  it('is the same by import after require, and by require after import', () => {
    const source = `
      import { createRequire } from 'node:module';
      const load = { import: () => import(${entry('octavo.mjs')}), require: () => createRequire(import.meta.url)(${JSON.stringify(first.folder)}) };
      const [a, b] = [await load[process.argv[1]](), await load[process.argv[2]]()];
      if (a.Tensor !== b.Tensor || a.runtime !== b.runtime) console.log('two classes');`;
    for (const order of [
      ['import', 'require'],
      ['require', 'import'],
    ])
      expect(first.run(['--input-type=module', '-e', source, ...order])).toEqual(done);
  });

  it('loads in worker threads again and again, where the main thread never loads it', () => {
    // Each worker is the only user: with its end the system may unload the library.
    expect(withFolder('for (let i = 0; i < 5; ++i) if (await once() !== 0) console.log("failed");')).toEqual(done);
  });

  it('loads in the main thread after and while worker threads have it', () => {
    const source = `
      await once();
      const workers = [once(), once(), once()];
      const { runtime } = require(folder);
      if (runtime.threads < 1) console.log('no threads');
      if ((await Promise.all(workers)).some((code) => code !== 0)) console.log('failed');`;
    expect(withFolder(source)).toEqual(done);
  });
});
