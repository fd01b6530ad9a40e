// What `octavo kv bench` measures.
import { addon } from '../../lib/addon';
import { Tensor } from '../../lib/tensor';
import { KvCache, type KvMemory } from '../../lib/turboquant';
import { type NeedleOptions, type NeedleResult, runNeedle } from './needle';
import { type KvForm, type KvSpeed, measureKvSpeed } from './speed';

export interface KvBenchOptions extends KvForm {
  /** Seeds of the needle test; 0 leaves it out. */
  readonly seeds: number;
  readonly threads: number;
}

export interface KvBenchReport {
  readonly isa: string;
  readonly options: KvBenchOptions;
  readonly memory: KvMemory;
  readonly needle: readonly NeedleResult[];
  readonly speed: KvSpeed | null;
}

/** The bytes of a cache of as many tokens as fill its pages. */
function measureMemory({ kvHeads, headDim, keyBits, valueBits }: KvForm): KvMemory {
  const cache = new KvCache({
    ...{ layers: 1, kvHeads, headDim, keys: { bits: keyBits }, values: { bits: valueBits } },
    ...{ window: 0, sinks: 0, center: false },
  });
  const zeros = Tensor.zeros('float32', [256, kvHeads, headDim]);
  cache.append(0, zeros, zeros);
  return cache.memory();
}

function needles({ keyBits: bits, seeds }: KvBenchOptions): NeedleResult[] {
  if (seeds === 0) return [];
  const rows: Omit<NeedleOptions, 'bits' | 'seeds'>[] = [
    { set: 'iso', center: false, balance: false },
    { set: 'outliers', center: false, balance: false },
    { set: 'outliers', center: true, balance: true },
    { set: 'biased', center: false, balance: false },
    { set: 'biased', center: true, balance: false },
  ];
  return rows.map((row) => runNeedle({ ...row, bits, seeds }));
}

export function runKvBench(options: KvBenchOptions): KvBenchReport {
  const threads = addon.getThreads();
  addon.setThreads(options.threads);
  try {
    return {
      isa: addon.isa(),
      options,
      memory: measureMemory(options),
      needle: needles(options),
      speed: options.rounds === 0 ? null : measureKvSpeed(options),
    };
  } finally {
    addon.setThreads(threads);
  }
}
