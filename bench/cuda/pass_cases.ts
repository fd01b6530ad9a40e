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

const SIDE = 8192;
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
  readonly side: number;
  readonly host: Tensor<'float32'>;
  readonly x: DeviceTensor<'float32'>;
  readonly owned: Disposables;
}

type Pass = (values: Values) => Omit<GpuContestant, 'name' | 'work'>;

const firstRows = <T extends { subarray(from: number, to: number): T }>(data: T, side: number): T =>
  data.subarray(0, CHECKED_ROWS * side);

function checkedRows({ host, side }: Values): Tensor<'float32'> {
  return new Tensor('float32', firstRows(host.data as Float32Array, side), [Math.min(CHECKED_ROWS, side), side]);
}

const quantizePass: Pass = (values) => {
  const { gpu, x, owned, side } = values;
  const out = owned.add(gpu.device.empty('int8', [side, side]));
  return {
    launch: () => void gpu.device.quantize(x, PARAMS, { out }),
    verify: async () => {
      const { data } = await out.toHost();
      return compareExact(firstRows(data as Int8Array, side), quantize(checkedRows(values), PARAMS).data);
    },
  };
};

const dequantizePass: Pass = (values) => {
  const { gpu, x, owned, side } = values;
  const q = owned.add(gpu.device.quantize(x, PARAMS));
  const out = owned.add(gpu.device.empty('float32', [side, side]));
  return {
    launch: () => void gpu.device.dequantize(q, { out }),
    verify: async () => {
      const { data } = await out.toHost();
      const expected = dequantize(quantize(checkedRows(values), PARAMS)).data;
      return compareExact(firstRows(data as Float32Array, side), expected);
    },
  };
};

/** Largest |x| of a row becomes 127; the scale that its row gets is a 127th of it. */
const rowsPass: Pass = (values) => {
  const { gpu, x, owned, side } = values;
  const q = owned.add(gpu.device.empty('int8', [side, side]));
  const scales = owned.add(gpu.device.empty('float32', [side]));
  return {
    launch: () => addon.cudaQuantizeRows(gpu.handle, side, side, memoryOf(x), memoryOf(q), memoryOf(scales)),
    verify: async () => {
      const [{ data }, { data: found }] = [await q.toHost(), await scales.toHost()];
      const rows = checkedRows(values).data as Float32Array;
      for (let r = 0; r < CHECKED_ROWS; r++) {
        const row = rows.subarray(r * side, (r + 1) * side);
        const most = row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
        const scale = found[r] as number;
        if (Math.abs(scale * 127 - most) > most * 1e-6)
          return `the scale of row ${r} is ${scale}, expected ${most / 127}`;
        const wrong = row.findIndex(
          (value, i) => Math.abs((data[r * side + i] as number) * scale - value) > 0.501 * scale,
        );
        if (wrong >= 0) return `row ${r}: [${wrong}] is ${data[r * side + wrong]} for ${row[wrong]}`;
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
  const side = shrunk(gpu, SIDE);
  return PASSES.map(([title, bytes, traffic, pass]) => ({
    suite: 'quantize',
    family: title,
    name: `${title} ${side}x${side}`,
    sizes: { rows: side, columns: side },
    prepare: async () => {
      const owned = new Disposables();
      const host = new Tensor('float32', randomFloat32(side * side, 5), [side, side]);
      const x = owned.add(gpu.device.tensor(host));
      const work = { ...bytesPerValue(bytes, side * side), traffic };
      const contestant = { name: `octavo ${title}`, work, ...pass({ gpu, side, host, x, owned }) };
      return { contestants: [contestant], dispose: owned.dispose };
    },
  }));
}
