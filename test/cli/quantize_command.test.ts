// octavo quantize and check, as they are called.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelBytes, readModel } from '../../lib/onnx';
import { npyFile } from '../data_files/written';
import { tinyCnn, tinyMlp } from '../onnx/quantize/tiny_models';
import { Random } from '../reference/random';

const main = path.join(__dirname, '..', '..', 'dist/lib/cli/main.js');
const folder = mkdtempSync(path.join(tmpdir(), 'octavo-quantize-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => path.join(folder, name);
const env = { ...process.env, LC_ALL: 'C.UTF-8', OCTAVO_DEBUG: '' };

function octavo(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 3, 8, 8), }";
const pixels = new Random(5).float32(6 * 192, 2);
const FIXED = ['x.npy', 'cnn.onnx', 'mlp.onnx', 'score.mjs', 'bad.mjs', 'slow.mjs'];

beforeEach(() => {
  writeFileSync(at('x.npy'), npyFile(header, new Uint8Array(pixels.buffer)));
  writeFileSync(at('cnn.onnx'), modelBytes(tinyCnn()));
  writeFileSync(at('mlp.onnx'), modelBytes(tinyMlp()));
  const feeds = "{ x: { type: 'float32', dims: [1, 3, 8, 8], data: new Float32Array(192).fill(0.5) } }";
  writeFileSync(
    at('score.mjs'),
    `let first;\nexport default async ({ run }) => { const { y } = await run(${feeds}); first ??= y.data[0]; return { loss: 1 + Math.abs(first - y.data[0]) }; };\n`,
  );
  writeFileSync(at('bad.mjs'), 'export const evaluation = 3;\n');
  writeFileSync(
    at('slow.mjs'),
    `export default async function* () { console.error('started'); for (;;) { yield ${feeds}; await new Promise((done) => setTimeout(done, 20)); } }\n`,
  );
});
afterEach(() => {
  for (const name of readdirSync(folder)) if (!FIXED.includes(name)) rmSync(at(name), { recursive: true });
});
const left = () => readdirSync(folder).filter((name) => !FIXED.includes(name));

describe('octavo quantize', () => {
  it('quantizes what needs no samples, prints a verdict in 80 columns, and replaces nothing', () => {
    const { status, stdout, stderr } = octavo('quantize', 'mlp.onnx', '--no-measure');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^mlp\.onnx, dynamic for ort-[\s\S]*\nverdict {4}\d\.\d\d x smaller, int8 2\/2\n\nwritten to mlp\.int8\.onnx\n$/,
    );
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const bytes = readFileSync(at('mlp.int8.onnx'));
    expect(readModel(bytes).metadata.has('octavo.recipe')).toBe(true);
    expect(octavo('quantize', 'mlp.onnx')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/exists already; --force/),
    });
    expect(octavo('quantize', 'mlp.onnx', '--force', '--quiet', '--no-measure')).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(readFileSync(at('mlp.int8.onnx')).equals(bytes)).toBe(true);
  });

  it('calibrates, scores, keeps to a budget and writes a page', () => {
    const args = [
      '--calib',
      'x.npy',
      '--eval',
      'score.mjs',
      '--report',
      'r.html',
      '-o',
      'out.onnx',
      '--target',
      'ort-x64',
    ];
    const { status, stdout } = octavo('quantize', 'cnn.onnx', ...args, '--max-drop', '50%', '--json');
    expect(status).toBe(0);
    const { output, reportFile, verdict, report } = JSON.parse(stdout);
    expect({ output, reportFile, verdict }).toMatchObject({
      output: 'out.onnx',
      reportFile: 'r.html',
      verdict: { budget: 'held' },
    });
    expect(report).toMatchObject({ mode: 'static', calibration: { samples: 6 }, evaluation: { kind: 'loss' } });
    expect(readFileSync(at('r.html'), 'utf8')).toContain('<h1>cnn.onnx</h1>');
    expect(left().sort()).toEqual(['out.onnx', 'r.html']);
  });

  it('writes no model that misses its budget, and says so', () => {
    const { status, stdout } = octavo(
      'quantize',
      'mlp.onnx',
      '--mode',
      'weight-only',
      '--weight-format',
      'int4',
      '--calib',
      'random:4',
      '--min-sqnr',
      '99',
      '--no-measure',
    );
    expect(status).toBe(1);
    expect(stdout).toMatch(/BUDGET MISSED[\s\S]*nothing is written/);
    const quiet = octavo(
      'quantize',
      'mlp.onnx',
      '--calib',
      'random:2',
      '--mode',
      'dynamic',
      '--min-sqnr',
      '99',
      '--no-measure',
      '--quiet',
    );
    expect(quiet).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^octavo: not written: .*BUDGET MISSED\n$/),
    });
    expect(left()).toEqual([]);
  });

  it('asks for samples where convolutions need them, with the remedy', () => {
    expect(octavo('quantize', 'cnn.onnx')).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^octavo: convolutions need samples.*Conv 'conv'.*--calib FOLDER.*--data-free.*\n$/,
      ),
    });
    expect(left()).toEqual([]);
  });

  it('never replaces the model itself, and names outputs as transformers.js does', () => {
    const before = readFileSync(at('mlp.onnx'));
    expect(octavo('quantize', 'mlp.onnx', '-o', './mlp.onnx', '--force')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/never replaced/),
    });
    expect(readFileSync(at('mlp.onnx')).equals(before)).toBe(true);
    expect(octavo('quantize', 'mlp.onnx', '--suffix', 'transformers', '--no-measure').status).toBe(0);
    expect(octavo('quantize', 'mlp.onnx', '--mode', 'float16', '--dry-run', '--no-measure').stdout).toContain(
      'dry run',
    );
    expect(left()).toEqual(['mlp_quantized.onnx']);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const child = spawn(process.execPath, [main, 'quantize', 'cnn.onnx', '--calib', 'slow.mjs'], { cwd: folder, env });
    let seen = '';
    const started = new Promise<void>((resolve) => {
      child.stderr.on('data', (text) => {
        seen += text;
        if (seen.includes('started')) resolve();
      });
    });
    const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
    await started;
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(left()).toEqual([]);
  });

  it.each([
    [['quantize']],
    [['quantize', 'mlp.onnx', '--mode', 'statc']],
    [['quantize', 'mlp.onnx', '--max-drop', '1']],
    [['quantize', 'mlp.onnx', '--max-drop', '-1', '--eval', 'score.mjs']],
    [['quantize', 'mlp.onnx', '--method', 'best']],
    [['quantize', 'mlp.onnx', '--exclude', '/(/']],
    [['quantize', 'mlp.onnx', '--override', 'head']],
    [['quantize', 'mlp.onnx', '--normalize', '0.5']],
    [['check', 'mlp.onnx', '--target', 'ort-x86']],
  ])('%j is wrong usage', (args) => {
    expect(octavo(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/^octavo: .*\n$/) });
    expect(left()).toEqual([]);
  });

  it.each([
    ['gone.onnx', [], /gone\.onnx: cannot read: no such file/],
    ['x.npy', [], /x\.npy: .*not an ONNX model/],
    ['mlp.onnx', ['--eval', 'bad.mjs'], /bad\.mjs: must export a function/],
    ['cnn.onnx', ['--calib', 'gone'], /gone/],
    ['mlp.onnx', ['-o', 'gone/out.onnx'], /no such folder/],
  ])('refuses %s %j in one line', (file, args, message) => {
    expect(octavo('quantize', file, ...args)).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
    expect(left()).toEqual([]);
  });
});

describe('octavo check', () => {
  it('predicts kernels for each target, and fails where one refuses the model', () => {
    expect(
      octavo('quantize', 'cnn.onnx', '--calib', 'x.npy', '--target', 'ort-x64', '--quiet', '--no-measure').status,
    ).toBe(0);
    const { status, stdout } = octavo('check', 'cnn.int8.onnx', '--target', 'ort-x64', '--runtime');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ort-x64: 2 of 2 layers with weights on integer kernels\n/);
    expect(stdout).toMatch(/onnxruntime: (\d+) of \1 nodes as predicted/);
    const other = octavo('check', 'cnn.int8.onnx', '--target', 'tensorrt,ort-x64', '--json');
    expect(other.status).toBe(1);
    expect(
      JSON.parse(other.stdout).results.map(({ target, ok }: { target: string; ok: boolean }) => [target, ok]),
    ).toEqual([
      ['tensorrt', false],
      ['ort-x64', true],
    ]);
    expect(existsSync(at('cnn.int8.onnx'))).toBe(true);
  });
});

describe('octavo compare, inspect and advise', () => {
  it('compare two models tensor by tensor, as text and as JSON without infinities', () => {
    expect(octavo('quantize', 'cnn.onnx', '--calib', 'x.npy', '--quiet', '--no-measure').status).toBe(0);
    const args = ['compare', 'cnn.onnx', 'cnn.int8.onnx', '--data', 'x.npy', '--no-measure'];
    const { status, stdout } = octavo(...args);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}tensor +operator +SQNR +cosine +max error\n[\s\S]* r +Relu +\d+\.\d dB/);
    expect(stdout).toMatch(/\ny: \d+\.\d dB, cosine 0\.99\d+, max error .*; 6 samples by /);
    const json = JSON.parse(octavo(...args, '--json').stdout);
    expect(json).toMatchObject({ a: 'cnn.onnx', samples: 6, outputs: [{ output: 'y' }] });
    const same = JSON.parse(
      octavo('compare', 'cnn.onnx', 'cnn.onnx', '--data', 'x.npy', '--no-measure', '--json').stdout,
    );
    expect(same.outputs[0].sqnr).toBe(null);
    expect(octavo('compare', 'cnn.onnx', 'mlp.onnx', '--data', 'x.npy').status).toBe(1);
  });

  it('advise a command that works, or none where nothing is gained', () => {
    writeFileSync(at('wide.onnx'), modelBytes(tinyMlp(256, 512, ['N', 128])));
    const { mode, command } = JSON.parse(octavo('advise', 'wide.onnx', '--no-measure', '--json').stdout);
    expect(command).toBe(`npx octavo quantize wide.onnx --mode ${mode}`);
    expect(octavo(...command.split(' ').slice(2), '--quiet', '--no-measure').status).toBe(0);
    const { status, stdout } = octavo('advise', 'mlp.onnx', '--no-measure');
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^Advice: do not quantize/) });
  });

  it('inspect a model', () => {
    const { status, stdout } = octavo('inspect', 'cnn.onnx');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^cnn\.onnx: float, ai\.onnx 17[\s\S]* in +x float32 \[N, 3, 8, 8\][\s\S]*Conv +1 +27\.6 k/);
    expect(JSON.parse(octavo('inspect', 'cnn.onnx', '--json').stdout)).toMatchObject({ nodes: 5, state: 'float' });
    expect(octavo('inspect', 'x.npy')).toMatchObject({ status: 1, stdout: '' });
  });
});
