// GPTQ as a row of native calls: the Hessian, its factor, and then some rows of weights at a time.
import { addon } from '../../addon';
import type { FloatMatrix } from '../block_weights';
import type { GramMatrix } from '../gram';
import { type NativeCalls, nativeCall } from '../native_calls';
import { nativeLevels } from '../native_levels';
import { isCodebookScheme, type StoredWeights, type WeightScheme } from '../weight_method';
import type { GptqOptions } from './gptq';
import { dampedHessian } from './hessian';

export type GptqSettings = {
  readonly [K in Exclude<keyof GptqOptions, 'candidates'>]-?: NonNullable<GptqOptions[K]>;
} & {
  readonly candidates: number | undefined;
};

/** Rows that a thread takes at once in native code. */
const ROWS_OF_THREAD = 64;
/** The smallest and the largest part of a scale that is tried. */
const SPREAD = 0.28;

/** 1 first, so that scales stay where nothing is better; then ever farther from it. */
function partsOf(candidates: number): number[] {
  const each = Math.ceil((candidates - 1) / 2);
  return Array.from({ length: candidates }, (_, i) => {
    const distance = (SPREAD * Math.ceil(i / 2)) / Math.max(each, 1);
    return i % 2 === 1 ? 1 - distance : 1 + distance;
  });
}

/** Many channels make each candidate dear, and have more groups, which one factor for all cannot suit. */
const candidatesFor = (channels: number): number => (channels <= 512 ? 17 : channels <= 2048 ? 5 : 1);

export interface GptqProblem {
  readonly matrix: FloatMatrix;
  readonly scheme: WeightScheme;
  readonly gram: GramMatrix;
}

export function* gptqCalls({ matrix, scheme, gram }: GptqProblem, settings: GptqSettings): NativeCalls<StoredWeights> {
  const { data, rows, columns } = matrix;
  const { staticGroups, sweeps, candidates } = settings;
  const { triangle, factor: share, diagonal, order, dead } = dampedHessian(gram, settings);
  const factor = new Float64Array(columns * columns);
  yield nativeCall('expandGram', [order, triangle, diagonal, factor, share]);
  yield nativeCall('inverseFactor', [columns, factor]);
  const hessian = new Float64Array(sweeps === 0 ? 0 : columns * columns);
  const inOrder = Int32Array.from(order, (_, i) => i);
  if (sweeps > 0) yield nativeCall('expandGram', [inOrder, triangle, diagonal, hessian, share]);
  const levels = yield* nativeLevels(matrix, scheme);
  const codes = new Int16Array(data.length);
  const fits = staticGroups && !isCodebookScheme(scheme) && scheme.clip !== 'range';
  const parts = fits ? partsOf(candidates ?? candidatesFor(columns)) : [1];
  const together = ROWS_OF_THREAD * Math.max(addon.getThreads(), 4);
  for (let first = 0; first < rows; first += together) {
    const end = Math.min(first + together, rows);
    const span = Int32Array.of(first, end);
    const progress = { done: end, total: rows };
    const round = levels.round([span, data, codes, factor, dead], { order, late: !staticGroups, parts });
    yield sweeps > 0 ? round : { ...round, progress };
    if (sweeps > 0) yield levels.refine([span, data, codes, hessian, dead], { sweeps, fits }, progress);
  }
  return levels.build(codes);
}
