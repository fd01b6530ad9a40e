// What the figures were taken on.
import os from 'node:os';
import { runtime } from '../lib/runtime';
import { armCoresOf } from './arm_cores';
import { type Cache, readCaches, readText } from './caches';
import { readAffinity, readCpuQuota } from './cpu_share';
import { readBoard, readGovernor } from './cpu_state';

export interface Machine {
  readonly cpu: string;
  /** 'Raspberry Pi 4 Model B Rev 1.4'; null on machines that have no such name. */
  readonly board: string | null;
  /** Family, model and stepping as x86 counts them; null elsewhere. */
  readonly cpuModel: string | null;
  readonly platform: string;
  readonly kernel: string;
  /** Whether it is a virtual machine; null where the system does not say. */
  readonly virtual: boolean | null;
  /** CPUs that this process may use, out of those that the machine has. */
  readonly usableCpus: number;
  readonly cpus: number;
  /** The CPUs of this process as Linux writes lists ('0-3'), and its cgroup's limit in CPUs; null where there is none. */
  readonly affinity: string | null;
  readonly cpuQuota: number | null;
  readonly isa: string;
  readonly availableIsas: readonly string[];
  readonly caches: readonly Cache[];
  /** The clock governor; null where the system does not say (virtual machines). */
  readonly governor: string | null;
  /** When memory comes in huge pages: 'always', 'madvise' or 'never'; null where the system does not say. */
  readonly hugePages: string | null;
  readonly memoryBytes: number;
  /** Runnable processes over the last minute, before the suite started. */
  readonly load: number;
  readonly node: string;
  readonly v8: string;
  readonly octavo: string;
  readonly date: string;
}

function cpuField(text: string | undefined, name: string): string | undefined {
  return new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text ?? '')?.[1];
}

/** 'family 26 model 2 stepping 1' from the text of /proc/cpuinfo. */
export function cpuModelOf(cpuinfo: string | undefined): string | null {
  const [family, model, stepping] = ['cpu family', 'model', 'stepping'].map((name) => cpuField(cpuinfo, name));
  return family === undefined ? null : `family ${family} model ${model} stepping ${stepping}`;
}

export function describeMachine(): Machine {
  const cpus = os.cpus();
  const cpuinfo = readText('/proc/cpuinfo');
  const flags = cpuField(cpuinfo, 'flags');
  const hugePages = readText('/sys/kernel/mm/transparent_hugepage/enabled');
  const { version } = require('octavo/package.json') as { version: string };
  return {
    cpu: armCoresOf(cpuinfo) ?? (cpus[0]?.model.trim() || 'unknown'),
    board: readBoard(),
    cpuModel: cpuModelOf(cpuinfo),
    platform: `${process.platform}-${process.arch}`,
    kernel: `${os.type()} ${os.release()}`,
    virtual: flags === undefined ? null : flags.split(' ').includes('hypervisor'),
    usableCpus: os.availableParallelism(),
    cpus: cpus.length,
    affinity: readAffinity(),
    cpuQuota: readCpuQuota(),
    isa: runtime.isa,
    availableIsas: runtime.available,
    caches: readCaches(),
    governor: readGovernor(),
    hugePages: /\[(\w+)\]/.exec(hugePages ?? '')?.[1] ?? null,
    memoryBytes: os.totalmem(),
    load: os.loadavg()[0] ?? 0,
    node: process.versions.node,
    v8: process.versions.v8,
    octavo: version,
    date: new Date().toISOString(),
  };
}
