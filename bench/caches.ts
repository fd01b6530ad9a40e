// The data caches of the CPU that this process runs on, as Linux describes them.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Cache {
  readonly level: number;
  readonly type: string;
  readonly bytes: number;
  /** The CPUs that share it, as Linux writes lists: '0-3'. */
  readonly sharedBy: string;
}

/** The text of a file without the white space around it, or undefined if it cannot be read. */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** '48K' or '32M' in bytes; NaN for anything else. */
export function parseSize(text: string): number {
  const match = /^(\d+)([KMG]?)$/.exec(text);
  if (match === null) return Number.NaN;
  return Number(match[1]) * 1024 ** ' KMG'.indexOf(match[2] || ' ');
}

/** Data and unified caches of CPU 0, the nearest first; empty where the system does not say. */
export function readCaches(folder = '/sys/devices/system/cpu/cpu0/cache'): Cache[] {
  let entries: string[];
  try {
    entries = readdirSync(folder).filter((name) => /^index\d+$/.test(name));
  } catch {
    return [];
  }
  const read = (entry: string, name: string): string => readText(path.join(folder, entry, name)) ?? '';
  return entries
    .map((entry) => ({
      level: Number(read(entry, 'level')),
      type: read(entry, 'type').toLowerCase(),
      bytes: parseSize(read(entry, 'size')),
      sharedBy: read(entry, 'shared_cpu_list'),
    }))
    .filter((cache) => cache.type !== 'instruction' && cache.level > 0 && cache.bytes > 0)
    .sort((a, b) => a.level - b.level);
}
