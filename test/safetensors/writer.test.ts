// SafetensorsWriter: windows in any order, several files, and old files whole whatever happens.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSafetensors, SafetensorsWriter, type TensorPlan } from '../../lib/safetensors';
import { Coverage } from '../../lib/safetensors/coverage';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-writer-'));
afterAll(() => fs.rmSync(root, { recursive: true }));
let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(root, 'case-'));
});
afterEach(() => {
  expect(fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
const place = (name: string) => path.join(folder, name);

const PLANS: TensorPlan[] = [
  { name: 'small', dtype: 'F4', dims: [2, 2] },
  { name: 'wide', dtype: 'U64', dims: [1] },
  { name: 'half', dtype: 'F16', dims: [2, 3] },
  { name: 'none', dtype: 'F32', dims: [0, 5] },
];

it('takes windows in any order, and gives the same bytes', async () => {
  const metadata = new Map([['format', 'pt']]);
  const half = Uint16Array.of(1, 2, 3, 4, 5, 6);
  const write = async (parts: [string, ArrayBufferView, number?][]) => {
    const writer = SafetensorsWriter.create(place('a.safetensors'), PLANS, { metadata });
    await Promise.all(parts.map(([name, data, begin]) => writer.write(name, data, begin)));
    await writer.finish();
    expect(writer.files).toEqual([place('a.safetensors')]);
    return fs.readFileSync(place('a.safetensors'));
  };
  const rest: [string, ArrayBufferView][] = [
    ['wide', BigUint64Array.of(2n ** 64n - 1n)],
    ['small', Uint8Array.of(0x21, 0x43)],
  ];
  const first = await write([['half', half], ...rest]);
  const second = await write([
    ['half', half.subarray(4), 8],
    ...rest,
    ['half', half.subarray(0, 1), 0],
    ['half', half.subarray(1, 4)],
  ]);
  expect(second).toEqual(first);
  using reader = openSafetensors(place('a.safetensors'));
  expect([...reader.tensors.keys()]).toEqual(['wide', 'none', 'half', 'small']);
  expect([...(await reader.read('half')).data]).toEqual([...half]);
  expect([...(await reader.readFloat32('small')).data]).toEqual([0.5, 1, 1.5, 2]);
  expect([...reader.metadata]).toEqual([...metadata]);
});

it('cuts output with an index into files of bounded size, and keeps together what belongs together', async () => {
  const plans: TensorPlan[] = [
    { name: 'a', dtype: 'U8', dims: [60] },
    { name: 'a.state', dtype: 'U8', dims: [60], attached: true },
    { name: 'b', dtype: 'U8', dims: [50] },
    { name: 'c', dtype: 'U8', dims: [50] },
    { name: 'd', dtype: 'U8', dims: [1] },
  ];
  const file = place('m.safetensors.index.json');
  const writer = SafetensorsWriter.create(file, plans, { maxShardBytes: 100 });
  for (const { name, dims } of plans) await writer.write(name, new Uint8Array(dims[0]!).fill(name.charCodeAt(0)));
  await writer.finish();
  const names = [1, 2, 3].map((i) => `m-0000${i}-of-00003.safetensors`);
  expect(writer.files.map((one) => path.basename(one))).toEqual([...names, 'm.safetensors.index.json']);
  using reader = openSafetensors(folder);
  const where = Object.fromEntries(
    [...reader.tensors].map(([name, { file }]) => [name, names.indexOf(path.basename(file))]),
  );
  expect(where).toEqual({ a: 0, 'a.state': 0, b: 1, c: 1, d: 2 });
  expect(reader.indexMetadata).toEqual({ total_size: 221 });
  expect((await reader.read('c')).data[49]).toBe(99);
  const empty = SafetensorsWriter.create(place('e.safetensors.index.json'), []);
  await empty.finish();
  expect(fs.readFileSync(place('e.safetensors.index.json'), 'utf8')).toContain('"weight_map": {}');
});

it('gives tensors that come late the length that they turn out to have', async () => {
  const plans: TensorPlan[] = [
    { name: 'a', dtype: 'U8', dims: [1000], late: true },
    { name: 'z', dtype: 'U8', dims: [3] },
    { name: 'b', dtype: 'U8', dims: [1], late: true },
  ];
  const write = async (file: string, a: string) => {
    const writer = SafetensorsWriter.create(place(file), plans);
    await writer.write('a', Buffer.from(a));
    await writer.write('z', Uint8Array.of(1, 2, 3));
    await expect(writer.write('a', Buffer.from(a))).rejects.toMatchObject({ code: 'ERR_RANGE' });
    await expect(writer.write('b', Buffer.from('xx'))).rejects.toMatchObject({ code: 'ERR_RANGE' });
    await writer.write('b', Buffer.from('x'));
    await writer.finish();
    using reader = openSafetensors(place(file));
    expect([...reader.tensors].map(([name, { dims }]) => [name, dims])).toEqual([
      ['z', [3]],
      ['a', [a.length]],
      ['b', [1]],
    ]);
    expect(Buffer.from((await reader.read('a')).data as Uint8Array).toString()).toBe(a);
    return reader.indexMetadata;
  };
  await write('a.safetensors', 'short');
  await write('a.safetensors', 'x'.repeat(1000));
  expect(await write('a.safetensors.index.json', '')).toEqual({ total_size: 4 });
  const refuse = (plan: TensorPlan) =>
    expect(() => SafetensorsWriter.create(place('b.safetensors'), [plan])).toThrow(/late/);
  refuse({ name: 'a', dtype: 'I8', dims: [1], late: true });
  refuse({ name: 'a', dtype: 'U8', dims: [1, 1], late: true });
});

it('writes beyond 4 GB at the right place', async () => {
  const plans: TensorPlan[] = [
    { name: 'big', dtype: 'F32', dims: [5 * 2 ** 28] },
    { name: 'last', dtype: 'F16', dims: [2] },
  ];
  const writer = SafetensorsWriter.create(place('big.safetensors'), plans);
  await writer.write('last', Uint16Array.of(7, 8));
  const [temporary] = fs.readdirSync(folder);
  const bytes = Buffer.alloc(4);
  const fd = fs.openSync(place(temporary!), 'r');
  fs.readSync(fd, bytes, 0, 4, fs.fstatSync(fd).size - 4);
  expect([fs.fstatSync(fd).size > 5 * 2 ** 30, [...bytes]]).toEqual([true, [7, 0, 8, 0]]);
  fs.closeSync(fd);
  writer.abort();
});

describe('leaves the old file as it was', () => {
  const begin = () => {
    fs.writeFileSync(place('a.safetensors'), 'old');
    return SafetensorsWriter.create(place('a.safetensors'), PLANS);
  };
  const isOld = () => expect(fs.readFileSync(place('a.safetensors'), 'utf8')).toBe('old');

  it('until finish, and after abort', async () => {
    const writer = begin();
    const writing = writer.write('half', new Uint8Array(12)).catch(() => undefined);
    writer.abort();
    await writing;
    isOld();
    await expect(writer.write('half', new Uint8Array(12))).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await expect(writer.finish()).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });

  it('when it goes out of use unfinished', async () => {
    {
      await using writer = begin();
      await writer.write('half', new Uint8Array(2));
    }
    isOld();
  });

  it('when something is missing', async () => {
    const writer = begin();
    await writer.write('half', new Uint8Array(4), 8);
    await expect(writer.finish()).rejects.toThrow(/tensor "wide" has 8 bytes, 0 were written/);
    isOld();
  });

  it('when the disk is full, or the process is killed', () => {
    fs.writeFileSync(place('a.safetensors'), 'old');
    const script = (end: string) => `
      const { SafetensorsWriter } = require('./dist/lib/safetensors');
      const plans = [{ name: 'a', dtype: 'U8', dims: [2 ** 22] }];
      const writer = SafetensorsWriter.create(${JSON.stringify(place('a.safetensors'))}, plans);
      writer.write('a', new Uint8Array(2 ** 22)).then(() => ${end}).catch((error) => console.log(error.code, error.message));`;
    const run = (limit: string, end: string) =>
      spawnSync('bash', ['-c', `${limit} exec "$0" -e "$1"`, process.execPath, script(end)], { encoding: 'utf8' });
    // A limit on the length of files fails writes as a full disk does.
    expect(run('ulimit -f 1000;', 'writer.finish()').stdout).toMatch(/ERR_FILE .*cannot write: file too large/);
    isOld();
    expect(fs.readdirSync(folder)).toEqual(['a.safetensors']);
    expect(run('', "process.kill(process.pid, 'SIGKILL')").signal).toBe('SIGKILL');
    isOld();
    for (const name of fs.readdirSync(folder).filter((one) => one.endsWith('.tmp'))) fs.rmSync(place(name));
  });
});

it('refuses plans that cannot be stored, and data that do not fit', async () => {
  const refuse = (plans: unknown, code: string, options = {}, name = 'a.safetensors') =>
    expect(() => SafetensorsWriter.create(place(name), plans as TensorPlan[], options)).toThrow(
      expect.objectContaining({ code }),
    );
  refuse([{ name: 'a', dtype: 'F128', dims: [1] }], 'ERR_DTYPE');
  refuse([{ name: 'a', dtype: 'F4', dims: [3] }], 'ERR_SHAPE');
  refuse([{ name: 'a', dtype: 'F32', dims: [2 ** 40, 2 ** 40] }], 'ERR_SHAPE');
  refuse([{ name: 'a', dtype: 'F32', dims: [-1] }], 'ERR_SHAPE');
  refuse([{ name: '__metadata__', dtype: 'F32', dims: [1] }], 'ERR_RANGE');
  refuse([PLANS[0], PLANS[0]], 'ERR_RANGE');
  refuse([undefined], 'ERR_DTYPE');
  refuse(PLANS, 'ERR_RANGE', { maxShardBytes: 5 });
  refuse(PLANS, 'ERR_RANGE', {}, 'index.json');
  refuse(PLANS, 'ERR_DTYPE', { metadata: new Map([['a', 1]]) });
  refuse(PLANS, 'ERR_FILE', {}, 'none/a.safetensors');
  const writer = SafetensorsWriter.create(place('a.safetensors'), PLANS);
  const failed = (data: unknown, begin?: number, name = 'half') =>
    expect(writer.write(name, data as Uint8Array, begin)).rejects;
  await failed(new Uint8Array(13)).toMatchObject({ code: 'ERR_RANGE' });
  await failed(new Uint8Array(2), 11).toMatchObject({ code: 'ERR_RANGE' });
  await failed(new Uint8Array(2), 0, 'other').toMatchObject({ code: 'ERR_RANGE' });
  await failed([1, 2]).toMatchObject({ code: 'ERR_DTYPE' });
  await writer.write('half', new Uint8Array(4), 2);
  await failed(new Uint8Array(1), 5).toThrow(/bytes 5 to 6 of tensor "half" are beyond its 12 or written already/);
  writer.abort();
});

it('knows which bytes it has, as a list of bytes does', () => {
  let state = 7;
  const random = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  for (let round = 0; round < 200; round++) {
    const [coverage, bytes] = [new Coverage(20), new Set<number>()];
    for (let i = 0; i < 30; i++) {
      const begin = random(21);
      const part = Array.from({ length: random(6) }, (_, j) => begin + j);
      const fits = part.every((byte) => byte < 20 && !bytes.has(byte));
      expect(coverage.add(begin, begin + part.length)).toBe(fits);
      if (fits) for (const byte of part) bytes.add(byte);
      expect([coverage.covered, coverage.complete]).toEqual([bytes.size, bytes.size === 20]);
    }
  }
});
