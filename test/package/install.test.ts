// The packed package, installed where there is no compiler: it loads, computes, and its command line runs.
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { type Consumer, findProgram, installConsumer } from './consumer';

const ENTRIES = [
  ['octavo', 'Tensor'],
  ['octavo/onnx', 'readModel'],
  ['octavo/weights', 'roundToNearest'],
  ['octavo/checkpoint', 'openSafetensors'],
  ['octavo/turboquant', 'SCALE_KINDS'],
  ['octavo/cuda', 'CudaDevice'],
] as const;

const IDENTITY = (entry: string) => `
import { createRequire } from 'node:module';
import * as esm from '${entry}';
const cjs = createRequire(import.meta.url)('${entry}');
console.log(JSON.stringify({
  imported: Object.keys(esm).sort(),
  required: Object.keys(cjs).sort(),
  different: Object.keys(cjs).filter((name) => cjs[name] !== esm[name]),
}));`;

// What Node adds to the names of an imported CommonJS module.
const ADDED = ['default', 'module.exports', '__esModule'];

const ONE_CLASS = `
const loaded = () => Object.keys(require.cache).some((file) => file.includes('protobuf'));
const { OctavoError } = require('octavo');
const before = loaded();
let same;
try {
  require('octavo/onnx').readModel(new Uint8Array(3));
} catch (error) {
  same = error instanceof OctavoError;
}
console.log(JSON.stringify({ before, same, after: loaded() }));`;

const PRODUCT = `
const { Tensor, matmulInt8, packWeights, runtime } = require('octavo');
const a = Tensor.from(new Uint8Array([210, 198, 234, 1]), [2, 2]);
const b = packWeights(Tensor.from(new Int8Array([-81, -80, 127, 5]), [2, 2]));
const c = matmulInt8(a, b);
console.log(JSON.stringify({ dims: c.dims, data: [...c.data], isa: runtime.isa, available: runtime.available }));`;

describe.each([
  ['as npm does it', []],
  ['with --ignore-scripts', ['--ignore-scripts']],
])('an install %s', (_, options) => {
  let consumer: Consumer;
  beforeAll(() => {
    consumer = installConsumer(options);
  }, 320_000);
  afterAll(() => consumer?.remove());

  it('has no compiler and no Python to fall back on', () => {
    const bare = path.join(consumer.folder, '..', 'bin');
    for (const name of ['cc', 'c++', 'gcc', 'g++', 'clang', 'make', 'python3', 'python'])
      expect(findProgram(name, bare)).toBeUndefined();
    expect(consumer.run('sh', ['-c', 'command -v c++ || command -v python3']).stdout).toBe('');
  });

  it('computes', () => {
    const { status, stdout, stderr } = consumer.run('node', ['-e', PRODUCT]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { dims, data, isa, available } = JSON.parse(stdout);
    expect({ dims, data }).toEqual({
      dims: [2, 2],
      data: [210 * -81 + 198 * 127, 210 * -80 + 198 * 5, 234 * -81 + 127, 234 * -80 + 5],
    });
    expect(available).toContain(isa);
  });

  it.each(ENTRIES)('gives import and require the same things of %s', (entry, name) => {
    consumer.write('identity.mjs', IDENTITY(entry));
    const { status, stdout, stderr } = consumer.run('node', ['identity.mjs']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { imported, required, different } = JSON.parse(stdout);
    expect(different).toEqual([]);
    expect(required).toContain(name);
    expect(imported.filter((name: string) => !ADDED.includes(name))).toEqual(required);
  });

  it('has one class for all entries, and loads ONNX with its entry alone', () => {
    const { status, stdout, stderr } = consumer.run('node', ['-e', ONE_CLASS]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ before: false, same: true, after: true });
  });

  it('prints its version', () => {
    const { status, stdout } = consumer.run('npx', ['octavo', '--version']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${version}\n` });
  });

  it('runs the main job', () => {
    const { status, stdout, stderr } = consumer.run('npx', ['octavo', 'demo', '--count', '200'], 240);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('5 of 5 layers with weights');
    expect(stdout).toContain('onnxruntime-node not installed: speed column left out');
  }, 250_000);

  it('says what compiling needs where that is not there', () => {
    const description = path.join(consumer.folder, 'node_modules', 'octavo', 'binding.gyp');
    expect(existsSync(description)).toBe(false);
    const { status, stdout, stderr } = consumer.run('npx', ['octavo', 'build']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/Could not find any Python/);
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^octavo: the addon could not be compiled.* a C\+\+20 compiler/);
    expect(existsSync(description)).toBe(true); // for node-gyp, which was started
    rmSync(description);
  });

  it('answers wrong usage with one line and exit code 2', () => {
    const { status, stderr } = consumer.run('npx', ['octavo', 'no-such-verb']);
    expect(status).toBe(2);
    expect(stderr.trim().split('\n')[0]).toContain('no-such-verb');
    expect(stderr).not.toContain('    at ');
  });
});
