// octavo index build, search and bench, as they are called.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Tensor } from '../../lib';
import { writeSafetensors } from '../../lib/safetensors';
import { VectorIndex } from '../../lib/turboquant';
import { npyFile } from '../data_files/written';
import { Random } from '../reference/random';

const main = path.join(__dirname, '..', '..', 'dist/lib/cli/main.js');
const folder = mkdtempSync(path.join(tmpdir(), 'octavo-index-command-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => path.join(folder, name);

function octavo(...args: string[]) {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', OCTAVO_DEBUG: '' };
  return spawnSync(process.execPath, [main, 'index', ...args], { cwd: folder, encoding: 'utf8', env });
}

const [dim, count] = [16, 120];
const base = new Random(6).float32(dim * count, 3);
const header = (rows: number) => `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dim}), }`;
writeFileSync(at('base.npy'), npyFile(header(count), new Uint8Array(base.slice().buffer)));
writeFileSync(at('queries.npy'), npyFile(header(2), new Uint8Array(base.slice(0, 2 * dim).buffer)));
writeSafetensors(at('both.safetensors'), [
  ['a', new Tensor('float32', base, [count, dim])],
  ['b', new Tensor('float32', base.slice(0, 10 * dim), [10, dim])],
]);

describe('octavo index', () => {
  it('builds what the library builds, and searches it', () => {
    const built = octavo(
      'build',
      'base.npy',
      '-o',
      'a.octidx',
      '--bits',
      '3',
      '--metric',
      'l2',
      '--keep',
      'float32',
      '--json',
    );
    expect([built.status, built.stderr]).toEqual([0, '']);
    expect(JSON.parse(built.stdout)).toMatchObject({ output: 'a.octidx', size: count, dim, bits: 3, metric: 'l2' });
    const index = new VectorIndex({ dim, bits: 3, metric: 'l2', keep: 'float32' });
    index.add(base);
    index.save(at('expected.octidx'));
    expect(readFileSync(at('a.octidx'))).toEqual(readFileSync(at('expected.octidx')));
    const found = octavo('search', 'a.octidx', 'queries.npy', '-k', '3', '--rerank', '4', '--json');
    const { ids, scores } = index.search(base.subarray(0, 2 * dim), 3, { rerank: 4 });
    const results = [0, 3].map((from) => [0, 1, 2].map((i) => ({ id: ids[from + i], score: scores[from + i] })));
    expect(JSON.parse(found.stdout)).toEqual({ metric: 'l2', bits: 3, k: 3, results });
    expect(octavo('search', 'a.octidx', 'queries.npy', '-k', '1', '--rerank', '9').stdout).toBe('0: 0 (0)\n1: 1 (0)\n');
  });

  it('refuses what it cannot use, in one line', () => {
    expect(octavo('build', 'base.npy', '-o', 'b.octidx').stdout).toBe(
      'b.octidx: 120 vectors of 16 values, 4 bits, ip\n',
    );
    const refusals: [string[], number, RegExp][] = [
      [['build', 'base.npy', '-o', 'b.octidx'], 1, /^octavo: b\.octidx: exists already; --force replaces it\n$/],
      [
        ['build', 'both.safetensors', '-o', 'c'],
        1,
        /several tensors \[vectors, dim\], choose one: tensor "a", tensor "b"/,
      ],
      [['build', 'both.safetensors', '-o', 'c', '--tensor', 'x'], 1, /it has no tensor "x", only/],
      [['build', 'gone.npy', '-o', 'c'], 1, /^octavo: gone\.npy: cannot read: no such file or directory\n$/],
      [['build', 'base.npy'], 2, /required option/],
      [['build', 'base.npy', '-o', 'c', '--bits', '9'], 2, /from 1 to 8, int8 or float32/],
      [['search', 'base.npy', 'queries.npy'], 1, /^octavo: base\.npy: not an index file: it has another beginning\n$/],
      [['search', 'b.octidx', 'queries.npy', '--rerank', '2'], 1, /the index keeps no vectors/],
    ];
    for (const [args, status, message] of refusals) {
      const run = octavo(...args);
      expect([run.status, run.stdout], args.join(' ')).toEqual([status, '']);
      expect(run.stderr).toMatch(message);
    }
    expect(octavo('build', 'both.safetensors', '-o', 'b.octidx', '--tensor', 'b', '--force').status).toBe(0);
    expect(VectorIndex.load(at('b.octidx')).size).toBe(10);
  });

  it('measures the vectors of a file', () => {
    const { status, stdout } = octavo(
      'bench',
      'base.npy',
      '--queries',
      'queries.npy',
      '--metric',
      'l2',
      '--scan',
      '300',
      '--json',
    );
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ metric: 'l2', dim, vectors: count, queries: 2 });
    expect(report.figures.map(({ bits }: { bits: unknown }) => bits)).toEqual(['float32', 'int8', 1, 2, 3, 4, 5, 6, 8]);
    expect(report.figures[0].recall).toBe(1);
    expect(report.scans).toHaveLength(12);
    expect(octavo('bench', 'base.npy').stdout).toMatch(/^base\.npy: 108 vectors of 16 values, 12 queries, cosine/);
  });
});
