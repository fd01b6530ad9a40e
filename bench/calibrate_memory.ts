// Whether the memory of a group of observers stays flat: many batches through many tensors.
// node --expose-gc dist/bench/calibrate_memory.js [batches] [tensors]
import { ObserverGroup } from '../lib/calibrate';
import { Tensor } from '../lib/tensor';

/** Values of one tensor in a batch. */
const VALUES = 64;
/** Batches before the first measurement: by then every observer has its histogram, and the engine its code. */
const WARM = 100;
const MEASUREMENTS = 10;

export interface MemoryPoint {
  readonly batches: number;
  readonly seconds: number;
  /** Bytes of the engine's heap and of arrays outside it, after a collection of garbage. */
  readonly used: number;
  /** Resident set size of the process. */
  readonly resident: number;
}

function measure(batches: number, start: number): MemoryPoint {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { batches, seconds: (performance.now() - start) / 1e3, used: heapUsed + arrayBuffers, resident: rss };
}

function* batchesOf(count: number, names: readonly string[]) {
  for (let batch = 0; batch < count; batch++) {
    const data = Float32Array.from({ length: VALUES }, (_, i) => Math.sin(batch * 37 + i) * (1 + (batch % 97)));
    const tensor = Tensor.from(data, [8, VALUES / 8]);
    yield new Map(names.map((name) => [name, tensor]));
  }
}

/** Runs batches through a group of `tensors` observers; points from batch 100 to the end. */
export async function measureGroupMemory(batches: number, tensors: number): Promise<MemoryPoint[]> {
  const group = new ObserverGroup({
    method: 'auto',
    scheme: { type: 'int8', symmetric: true, granularity: 'tensor' },
  });
  const names = Array.from({ length: tensors }, (_, i) => `tensor ${i}`);
  const points: MemoryPoint[] = [];
  const start = performance.now();
  await group.run(batchesOf(batches, names), {
    onProgress: ({ samples }) => {
      const due = WARM + Math.floor(((batches - WARM) * points.length) / MEASUREMENTS);
      if (samples >= due) points.push(measure(samples, start));
    },
  });
  return points;
}

async function main([batches = '10000', tensors = '500']: readonly string[]): Promise<void> {
  const points = await measureGroupMemory(Number(batches), Number(tensors));
  const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(2).padStart(9);
  process.stdout.write('  batches  seconds  used MiB   RSS MiB\n');
  for (const { batches: done, seconds, used, resident } of points)
    process.stdout.write(
      `${String(done).padStart(9)}${seconds.toFixed(1).padStart(9)}${mebibytes(used)} ${mebibytes(resident)}\n`,
    );
}

if (require.main === module) void main(process.argv.slice(2));
