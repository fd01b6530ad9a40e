// What the figures were taken on.
import os from 'node:os';
import { runtime } from '../lib/runtime';
import { type Cache, readCaches, readText } from './caches';

export interface Machine {
  readonly cpu: string;
  readonly platform: string;
  /** CPUs that this process may use, out of those that the machine has. */
  readonly usableCpus: number;
  readonly cpus: number;
  readonly isa: string;
  readonly availableIsas: readonly string[];
  readonly caches: readonly Cache[];
  /** The clock governor; null where the system does not say (virtual machines). */
  readonly governor: string | null;
  readonly memoryBytes: number;
  /** Runnable processes over the last minute, before the suite started. */
  readonly load: number;
  readonly node: string;
  readonly octavo: string;
  readonly date: string;
}

export function describeMachine(): Machine {
  const cpus = os.cpus();
  const { version } = require('octavo/package.json') as { version: string };
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    platform: `${process.platform}-${process.arch}`,
    usableCpus: os.availableParallelism(),
    cpus: cpus.length,
    isa: runtime.isa,
    availableIsas: runtime.available,
    caches: readCaches(),
    governor: readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor') ?? null,
    memoryBytes: os.totalmem(),
    load: os.loadavg()[0] ?? 0,
    node: process.versions.node,
    octavo: version,
    date: new Date().toISOString(),
  };
}
