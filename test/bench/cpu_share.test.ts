import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readAffinity, readCpuQuota } from '../../bench/cpu_share';

const folder = mkdtempSync(path.join(tmpdir(), 'octavo-share-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

it('reads the CPUs that a process may run on', () => {
  expect(readAffinity(write('status', 'Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t0-3,8\n'))).toBe('0-3,8');
  expect(readAffinity(path.join(folder, 'absent'))).toBeNull();
});

it('takes the least limit of a control group and those above it', () => {
  const groups = write('cgroup', '0::/a/b\n');
  expect(readCpuQuota(groups, folder)).toBeNull();
  write('a/b/cpu.max', 'max 100000\n');
  expect(readCpuQuota(groups, folder)).toBeNull();
  write('a/cpu.max', '250000 100000\n');
  expect(readCpuQuota(groups, folder)).toBe(2.5);
  write('a/b/cpu.max', '100000 100000\n');
  expect(readCpuQuota(groups, folder)).toBe(1);
});
