// Passes over values, which bandwidth limits: quantize, dequantize, rows, ranges, histogram.
import { addon } from '../../lib/addon';
import { histogram } from '../../lib/calibrate';
import type { DeviceTensor } from '../../lib/cuda';
import { memoryOf } from '../../lib/cuda/device_tensor';
import { dequantize, type QParams, quantize } from '../../lib/quantize';
import { Tensor } from '../../lib/tensor';
import { randomFloat32 } from '../inputs';
import { compareExact } from '../verify';
import { Disposables, type GpuCase, type GpuContestant, type GpuWork } from './contestant';
import { type Gpu, shrunk } from './gpu';

const ROWS = 16_384;
const COLUMNS = 8192;
const PARAMS: QParams<'int8'> = {
  type: 'int8',
  scale: Float32Array.of(1 / 127),
  zeroPoint: Int32Array.of(3),
  granularity: 'tensor',
};
const HISTOGRAM = { bins: 2048, limit: 1 };
/** Rows whose results are compared with the CPU's. */
const CHECKED_ROWS = 4;

interface Values {
  readonly gpu: Gpu;
  readonly rows: number;
  readonly columns: number;
  readonly host: Tensor<'float32'>;
  readonly x: DeviceTensor<'float32'>;
  readonly owned: Disposables;
}

type Pass = (values: Values) => Omit<GpuContestant, 'name' | 'work'>;

const firstRows = <T extends { subarray(from: number, to: number): T }>(data: T, columns: number): T =>
  data.subarray(0, CHECKED_ROWS * columns);

let floats = new Float32Array(0);

/** The first `count` of one sequence of random values. */
function randomFloats(count: number): Float32Array {
  if (floats.length < count) floats = randomFloat32(count, 5) as Float32Array<ArrayBuffer>;
  return floats.subarray(0, count);
}

function checkedRows({ host, columns }: Values): Tensor<'float32'> {
  return new Tensor('float32', firstRows(host.data as Float32Array, columns), [CHECKED_ROWS, columns]);
}

const quantizePass: Pass = (values) => {
  const { gpu, x, owned, rows, columns } = values;
  const out = owned.add(gpu.device.empty('int8', [rows, columns]));
  return {
    launch: () => void gpu.device.quantize(x, PARAMS, { out }),
    verify: async () => {
      const { data } = await out.toHost();
      return compareExact(firstRows(data as Int8Array, columns), quantize(checkedRows(values), PARAMS).data);
    },
  };
};

const dequantizePass: Pass = (values) => {
  const { gpu, x, owned, rows, columns } = values;
  const q = owned.add(gpu.device.quantize(x, PARAMS));
  const out = owned.add(gpu.device.empty('float32', [rows, columns]));
  return {
    launch: () => void gpu.device.dequantize(q, { out }),
    verify: async () => {
      const { data } = await out.toHost();
      const expected = dequantize(quantize(checkedRows(values), PARAMS)).data;
      return compareExact(firstRows(data as Float32Array, columns), expected);
    },
  };
};

/** Largest |x| of a row becomes 127; the scale that its row gets is a 127th of it. */
const rowsPass: Pass = (values) => {
  const { gpu, x, owned, rows, columns } = values;
  const q = owned.add(gpu.device.empty('int8', [rows, columns]));
  const scales = owned.add(gpu.device.empty('float32', [rows]));
  return {
    launch: () => addon.cudaQuantizeRows(gpu.handle, rows, columns, memoryOf(x), memoryOf(q), memoryOf(scales)),
    verify: async () => {
      const [{ data }, { data: found }] = [await q.toHost(), await scales.toHost()];
      const checked = checkedRows(values).data as Float32Array;
      for (let r = 0; r < CHECKED_ROWS; r++) {
        const row = checked.subarray(r * columns, (r + 1) * columns);
        const most = row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
        const scale = found[r] as number;
        if (Math.abs(scale * 127 - most) > most * 1e-6)
          return `the scale of row ${r} is ${scale}, expected ${most / 127}`;
        const wrong = row.findIndex(
          (value, i) => Math.abs((data[r * columns + i] as number) * scale - value) > 0.501 * scale,
        );
        if (wrong >= 0) return `row ${r}: [${wrong}] is ${data[r * columns + wrong]} for ${row[wrong]}`;
      }
      return undefined;
    },
  };
};

/** Launches that answer with a promise: what it rejects with shows when it is verified. */
function answered<T>(ask: () => Promise<T>, check: (answer: T) => string | undefined): ReturnType<Pass> {
  return {
    launch: () => void ask().catch(() => undefined),
    verify: async () => check(await ask()),
  };
}

const rangesPass: Pass = ({ gpu, x, host }) => {
  const expected = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as [number, number];
  for (const value of host.data as Float32Array) {
    expected[0] = Math.min(expected[0], value);
    expected[1] = Math.max(expected[1], value);
  }
  return answered(
    () => gpu.device.minMax(x),
    ({ min, max }) => compareExact([...min, ...max], expected),
  );
};

const histogramPass: Pass = ({ gpu, x, host }) => {
  const expected = histogram(host, HISTOGRAM);
  return answered(
    () => gpu.device.histogram(x, HISTOGRAM),
    ({ counts }) => compareExact([...counts].map(Number), [...expected.counts].map(Number)),
  );
};

const bytesPerValue = (bytes: number, count: number): Pick<GpuWork, 'operations' | 'bytes'> => ({
  operations: 0,
  bytes: bytes * count,
});

/** Name, bytes that are read and written for a value, and the pass. */
const PASSES: readonly [name: string, bytes: number, traffic: GpuWork['traffic'], pass: Pass][] = [
  ['quantize', 5, 'copy', quantizePass],
  ['dequantize', 5, 'copy', dequantizePass],
  ['quantize rows', 5, 'copy', rowsPass],
  ['min and max', 4, 'read', rangesPass],
  ['histogram', 4, 'read', histogramPass],
];

export function passCases(gpu: Gpu): GpuCase[] {
  const [rows, columns] = [shrunk(gpu, ROWS), shrunk(gpu, COLUMNS)];
  return PASSES.map(([title, bytes, traffic, pass]) => ({
    suite: 'quantize',
    family: title,
    name: `${title} ${rows}x${columns}`,
    sizes: { rows, columns },
    prepare: async () => {
      const owned = new Disposables();
      const host = new Tensor('float32', randomFloats(rows * columns), [rows, columns]);
      const x = owned.add(gpu.device.tensor(host));
      const work = { ...bytesPerValue(bytes, rows * columns), traffic };
      const contestant = { name: `octavo ${title}`, work, ...pass({ gpu, rows, columns, host, x, owned }) };
      return { contestants: [contestant], dispose: owned.dispose };
    },
  }));
}
