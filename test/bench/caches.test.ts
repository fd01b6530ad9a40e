import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parseSize, readCaches } from '../../bench/caches';

const folder = mkdtempSync(path.join(tmpdir(), 'octavo-caches-'));
afterAll(() => rmSync(folder, { recursive: true }));

function describeCache(index: number, fields: Record<string, string>): void {
  const entry = path.join(folder, `index${index}`);
  mkdirSync(entry);
  for (const [name, text] of Object.entries(fields)) writeFileSync(path.join(entry, name), `${text}\n`);
}

it('reads data and unified caches, nearest first', () => {
  describeCache(0, { level: '3', type: 'Unified', size: '32M', shared_cpu_list: '0-3' });
  describeCache(1, { level: '1', type: 'Instruction', size: '32K', shared_cpu_list: '0' });
  describeCache(2, { level: '1', type: 'Data', size: '48K', shared_cpu_list: '0' });
  describeCache(3, { level: '2', type: 'Unified' }); // no size: some virtual machines
  expect(readCaches(folder)).toEqual([
    { level: 1, type: 'data', bytes: 49152, sharedBy: '0' },
    { level: 3, type: 'unified', bytes: 33554432, sharedBy: '0-3' },
  ]);
});

it('answers with no caches where the system does not describe them', () => {
  expect(readCaches(path.join(folder, 'absent'))).toEqual([]);
});

it('reads sizes as Linux writes them', () => {
  expect(parseSize('512')).toBe(512);
  expect(parseSize('1024K')).toBe(1048576);
  expect(parseSize('2G')).toBe(2147483648);
  expect(parseSize('')).toBeNaN();
  expect(parseSize('48 KB')).toBeNaN();
});
