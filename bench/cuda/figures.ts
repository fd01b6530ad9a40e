// The figures by which the backend is judged, from the cases that were run.
import { CUBLASLT, FEW_ROWS, LARGE_SIZES, ownName, SEPARATE, shapeName, WIDE } from './gemm_cases';
import { type Gpu, shrunk } from './gpu';
import type { GpuLimits } from './limits';
import type { GpuCaseReport, GpuContestantReport, GpuFigure } from './report_types';

const PERCENT = { unit: '%' as const };
const RATIO = { unit: 'x' as const };
/** Of cuBLASLt's best; of cuBLASLt and a second kernel, by the size of the product; of bandwidth. */
const TARGET = { ofCublasLt: 95, fused: new Map([[4096, 1.15], [8192, 1.05]]), bandwidth: 85 }; // biome-ignore format: a table

const find = (one: GpuCaseReport, name: string): GpuContestantReport | undefined =>
  one.contestants.find((contestant) => contestant.name === name);

/** How many times as long `slow` takes as `fast`. */
function timesAsLong(
  slow?: GpuContestantReport,
  fast?: GpuContestantReport,
): { best: number; median: number } | undefined {
  if (!slow?.seconds || !fast?.seconds) return undefined;
  return {
    best: slow.seconds.best / fast.seconds.best,
    median: slow.seconds.median / fast.seconds.median,
  };
}

const percent = (rate: { best: number; median: number }) => ({ best: 100 * rate.best, median: 100 * rate.median });

function largeFigures(gpu: Gpu, cases: readonly GpuCaseReport[]): GpuFigure[] {
  return LARGE_SIZES.flatMap((size) => {
    const actual = shrunk(gpu, size);
    const shape = shapeName({ m: actual, n: actual, k: actual });
    const one = cases.find(({ name }) => name === `int8 product ${shape}`);
    if (one === undefined) return [];
    const ofCublasLt = timesAsLong(find(one, CUBLASLT), find(one, ownName('int32')));
    const fused = timesAsLong(find(one, SEPARATE), find(one, ownName('float16')));
    const target = TARGET.fused.get(size) ?? 1;
    return [
      ...(ofCublasLt
        ? [
            {
              name: `${shape}, own kernels of cuBLASLt's best`,
              ...PERCENT,
              ...percent(ofCublasLt),
              target: TARGET.ofCublasLt,
            },
          ]
        : []),
      ...(fused ? [{ name: `${shape}, fused float16 over separate kernels`, ...RATIO, ...fused, target }] : []),
    ];
  });
}

/** Of the measured bandwidth: reading for products with few rows, copying for passes over values. */
function bandwidthFigures(gpu: Gpu, cases: readonly GpuCaseReport[], limits: GpuLimits): GpuFigure[] {
  const [n, k] = [shrunk(gpu, WIDE), shrunk(gpu, WIDE)];
  const few = FEW_ROWS.map((m) => `int8 product, cold weights ${shapeName({ m: shrunk(gpu, m), n, k })}`);
  return cases.flatMap((one) => {
    const isPass = one.suite === 'quantize';
    if (!isPass && !few.includes(one.name)) return [];
    const [own] = one.contestants;
    if (!own?.bandwidth || !own.ofLimit) return [];
    const kind = isPass ? 'copy' : 'read';
    const limit = one.limits[kind] ?? limits[kind];
    const of = { best: own.bandwidth.best / limit.best, median: own.bandwidth.median / limit.median };
    const name = `${one.name}, of ${kind} bandwidth`;
    return [{ name, ...PERCENT, ...percent(of), target: TARGET.bandwidth }];
  });
}

export function figuresOf(gpu: Gpu, cases: readonly GpuCaseReport[], limits: GpuLimits): GpuFigure[] {
  return [...largeFigures(gpu, cases), ...bandwidthFigures(gpu, cases, limits)];
}
