// What part of the machine this process may use, as Linux describes it.
import path from 'node:path';
import { readText } from './caches';

/** The CPUs that this process may run on, as Linux writes lists: '0-3'; null where the system does not say. */
export function readAffinity(file = '/proc/self/status'): string | null {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(readText(file) ?? '')?.[1] ?? null;
}

/** '200000 100000' is 2 CPUs; 'max 100000' and anything else is no limit. */
function parseQuota(text: string | undefined): number {
  const match = /^(\d+) (\d+)$/.exec(text ?? '');
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]) / Number(match[2]);
}

/** The least CPU limit of this process's cgroup (version 2) and those above it, in CPUs; null where there is none. */
export function readCpuQuota(file = '/proc/self/cgroup', root = '/sys/fs/cgroup'): number | null {
  let folder = /^0::(\/.*)$/m.exec(readText(file) ?? '')?.[1];
  let least = Number.POSITIVE_INFINITY;
  while (folder !== undefined) {
    least = Math.min(least, parseQuota(readText(path.join(root, folder, 'cpu.max'))));
    folder = folder === '/' ? undefined : path.dirname(folder);
  }
  return Number.isFinite(least) ? least : null;
}
