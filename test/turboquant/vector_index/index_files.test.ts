// Indexes in files: what comes back, and what is refused.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { METRICS, VectorIndex, type VectorIndexOptions } from '../../../lib/turboquant';
import { expectCode } from '../../reference/expectations';
import { Random } from '../../reference/random';
import { xxh64 } from '../../storage/xxh64';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-index-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const target = path.join(folder, 'a.octidx');
const dist = path.join(__dirname, '../../../dist/lib/turboquant/index.js');

const [dim, count, k] = [24, 90, 7];
const base = new Random(3).float32(count * dim, 2);
const queries = new Random(4).float32(5 * dim, 2);

function makeIndex(options: Partial<VectorIndexOptions> = {}, ids?: number[]): VectorIndex {
  const index = new VectorIndex({ dim, bits: 3, seed: 2n ** 63n, keep: 'float16', ...options });
  index.add(base, ids);
  return index;
}

const FORMS: Partial<VectorIndexOptions>[] = METRICS.flatMap((metric) => [
  { metric, bits: 3, keep: 'float16' },
  { metric, bits: 'int8', keep: 'none' },
  { metric, bits: 'float32', keep: 'int8' },
]);

describe('an index that was saved and loaded', () => {
  it.each(FORMS)('%o finds the same, read or mapped, and takes more', async (options) => {
    const index = makeIndex(options);
    index.remove([3, 50, 51, 89]);
    await index.saveAsync(target);
    expect(fs.statSync(target).size % 64).toBe(0);
    const found = index.search(queries, k);
    const loads = [
      VectorIndex.load(target),
      VectorIndex.load(target, { mmap: true }),
      await VectorIndex.loadAsync(target),
    ];
    for (const loaded of loads) {
      expect(loaded.form).toEqual(index.form);
      expect(loaded.search(queries, k)).toEqual(found);
      expect(loaded.size).toBe(count - 4);
      expect(loaded.add(base.subarray(0, dim))).toBe(count);
      expect(loaded.remove([count, 0])).toBe(2);
      loaded.save(path.join(folder, 'b.octidx'));
    }
    index.save(path.join(folder, 'c.octidx'));
    expect(fs.readFileSync(path.join(folder, 'c.octidx'))).toEqual(fs.readFileSync(target));
  });

  it('keeps ids of its own, and is as small as its vectors without them', () => {
    const ids = Array.from({ length: count }, (_, i) => (i * 7919) % 100_003);
    const index = makeIndex({}, ids);
    index.save(target);
    expect(VectorIndex.load(target).search(queries, k)).toEqual(index.search(queries, k));
    makeIndex().save(path.join(folder, 'b.octidx'));
    expect(fs.statSync(target).size - fs.statSync(path.join(folder, 'b.octidx')).size).toBe(
      Math.ceil((8 * count) / 64) * 64,
    );
    const large = new VectorIndex({ dim, ids: 'bigint' });
    large.add(base.subarray(0, dim), [2n ** 60n]);
    large.save(target);
    expectCode(() => VectorIndex.load(target), 'ERR_RANGE', /its ids go up to 1152921504606846976/);
    expect(VectorIndex.load(target, { ids: 'bigint' }).has(2n ** 60n)).toBe(true);
  });

  it('may be empty', () => {
    new VectorIndex({ dim }).save(target);
    const loaded = VectorIndex.load(target, { mmap: true });
    expect([loaded.size, loaded.add(base)]).toEqual([0, 0]);
  });
});

const TINY = { dim: 8, metric: 'l2', keep: 'int8' } as const;
function tinyFile(): Buffer {
  const index = new VectorIndex(TINY);
  index.add(base.subarray(0, 3 * 8), [5, 9, 7]);
  index.save(target);
  return fs.readFileSync(target);
}

function expectRefused(bytes: Uint8Array, fault: RegExp, ways = [false, true]): void {
  fs.writeFileSync(target, bytes);
  for (const mmap of ways)
    expectCode(() => VectorIndex.load(target, { mmap }), 'ERR_FILE', new RegExp(`^${target}: .*(${fault.source})`));
}

/** A copy with a change in its header, whose checksum is right again. */
function sealed(bytes: Buffer, change: (view: DataView) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  change(view);
  view.setBigUint64(24, 0n, true);
  view.setBigUint64(24, xxh64(copy.subarray(0, 128)), true);
  return copy;
}

describe('a file of an index', () => {
  const bytes = tinyFile();
  const { length } = bytes;
  /** Zeros between the arrays belong to no checksum. */
  const padding = new Set<number>();
  for (const [end, next] of [
    [128 + 12 + 64, 256],
    [256 + 12, 320],
    [320 + 12, 384],
    [384 + 24, 448],
    [448 + 24, 512],
    [512 + 12, 576],
  ] as const)
    for (let i = end; i < next; i++) padding.add(i);

  it('with any byte changed is refused', () => {
    expect(length).toBe(576);
    for (let i = 0; i < length; i++) {
      const copy = Uint8Array.from(bytes);
      copy[i]! ^= 0x21;
      if (!padding.has(i)) expectRefused(copy, /./, [i % 2 === 0]);
    }
  });

  it('that is shorter or longer is refused', () => {
    for (let end = 0; end < length; end += 41) expectRefused(bytes.subarray(0, end), /too short|truncated/);
    expectRefused(Buffer.concat([bytes, Buffer.alloc(64)]), /truncated or extended: it has 640 bytes, expected 576/);
  });

  it('whose header lies is refused', () => {
    const lies: [RegExp, (view: DataView) => void][] = [
      [/another beginning/, (view) => view.setUint8(1, 0x50)],
      [/index version 2 is not supported, expected 1/, (view) => view.setUint32(8, 2, true)],
      [/does not know/, (view) => view.setUint32(12, 7, true)],
      [/does not know/, (view) => view.setUint32(12, 2 ** 31, true)],
      [/does not know/, (view) => view.setUint8(32, 3)],
      [/does not know/, (view) => view.setUint8(33, 9)],
      [/does not know/, (view) => view.setUint8(34, 3)],
      [/does not know/, (view) => view.setUint8(35, 4)],
      [/does not know/, (view) => view.setUint8(36, 4)],
      [/does not know/, (view) => view.setUint8(37, 2)],
      [/does not know/, (view) => view.setUint8(47, 1)],
      [/contradicts itself/, (view) => view.setBigUint64(56, 4000n, true)],
      [/contradicts itself/, (view) => view.setBigUint64(56, 2n ** 63n, true)],
      [/contradicts itself/, (view) => view.setBigInt64(64, -1n, true)],
      [/contradicts itself/, (view) => view.setBigInt64(72, -1n, true)],
      [/ids that there cannot be/, (view) => view.setBigInt64(72, 9n, true)],
      [/vectors have another checksum/, (view) => view.setBigUint64(80, 1n, true)],
    ];
    for (const [fault, lie] of lies) expectRefused(sealed(bytes, lie), fault);
  });

  it('with two equal ids, or with scales that are no numbers, harms nobody', () => {
    const twice = Uint8Array.from(bytes);
    twice.copyWithin(384 + 8, 384, 384 + 8);
    const ids = sealed(Buffer.from(twice), (view) => view.setBigUint64(104, xxh64(twice.subarray(384, 408)), true));
    expectRefused(ids, /two vectors have the same id/);
    const copy = Buffer.from(bytes);
    copy.writeFloatLE(Number.NaN, 256);
    copy.writeFloatLE(Number.POSITIVE_INFINITY, 512);
    fs.writeFileSync(
      target,
      sealed(copy, (view) => {
        view.setBigUint64(88, xxh64(copy.subarray(256, 268)), true);
        view.setBigUint64(120, xxh64(copy.subarray(512, 524)), true);
      }),
    );
    const loaded = VectorIndex.load(target);
    for (const rerank of [undefined, 2]) expect(loaded.search(base.subarray(0, 8), 3, { rerank }).ids).toHaveLength(3);
  });

  it('of weights, and a folder, are refused', () => {
    const weights = fs.readFileSync(path.join(__dirname, '../../storage/golden/packed_weights_1.octavo'));
    expectRefused(weights, /another beginning/);
    expectCode(() => VectorIndex.load(folder), 'ERR_FILE', /directory|regular/);
    expectCode(() => VectorIndex.load(3 as never), 'ERR_DTYPE', /path must be a string/);
  });
});

describe('a file that was there', () => {
  it('stays when the new one finds no room', () => {
    makeIndex().save(target);
    const before = fs.readFileSync(target);
    const program = `const { VectorIndex } = require(${JSON.stringify(dist)});
      const index = new VectorIndex({ dim: 256 });
      index.add(new Float32Array(256 * 256).fill(1));
      try { index.save(${JSON.stringify(target)}); } catch (error) { console.log(error.code, error.message); }`;
    const shell = `trap '' XFSZ; ulimit -f 1; exec "$0" -e "$1"`;
    const output = execFileSync('sh', ['-c', shell, process.execPath, program], { encoding: 'utf8' });
    expect(output).toBe(`ERR_FILE ${target}: cannot write: file too large\n`);
    expect(fs.readFileSync(target)).toEqual(before);
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('stays whole, old or new, when its writer is killed', async () => {
    const [dim256, rows] = [256, 4096];
    const program = `const { VectorIndex } = require(${JSON.stringify(dist)});
      const index = new VectorIndex({ dim: ${dim256}, keep: 'float32' });
      index.add(new Float32Array(${dim256 * rows}).fill(1));
      console.log('ready');
      for (;;) index.save(${JSON.stringify(target)});`;
    for (const wait of [1, 9]) {
      makeIndex().save(target);
      const writer = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(writer.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, wait));
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      expect([count, rows]).toContain(VectorIndex.load(target).size);
    }
  });
});
