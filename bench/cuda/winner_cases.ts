// Which kernel wins for which number of rows.
import type { GpuCase, PreparedCase } from './contestant';
import { CUBLASLT, cublasLtContestant, ownContestant, shapeName, WIDE } from './gemm_cases';
import { GemmOperands, type Shape } from './gemm_operands';
import { type Gpu, shrunk } from './gpu';
import type { GpuCaseReport, WinnerRow } from './report_types';

export const WINNER_FAMILY = 'kernels by rows';
/** Kernels of octavo's that are asked for by name; those that a shape or the GPU does not allow are absent. */
export const PATHS = ['few', 'small', 'large', 'wgmma'] as const;
const CHOSEN = 'octavo best';
const ROWS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192];
const QUICK_ROWS = new Set([16, 128, 1024]);

async function prepareRows(gpu: Gpu, shape: Shape): Promise<PreparedCase> {
  const operands = new GemmOperands(gpu, shape);
  return {
    contestants: [
      ownContestant(operands, 'int32', 'best'),
      ...PATHS.map((path) => ownContestant(operands, 'int32', path)),
      await cublasLtContestant(operands),
    ],
    dispose: operands.dispose,
  };
}

export function winnerCases(gpu: Gpu): GpuCase[] {
  const rows = new Map(ROWS.map((m) => [shrunk(gpu, m), m]));
  return [...rows].map(([m, unshrunk]) => {
    const shape = { m, n: shrunk(gpu, WIDE), k: shrunk(gpu, WIDE) };
    return {
      suite: 'gemm',
      family: WINNER_FAMILY,
      name: `${WINNER_FAMILY} ${shapeName(shape)}`,
      sizes: shape,
      heavy: !QUICK_ROWS.has(unshrunk),
      prepare: () => prepareRows(gpu, shape),
    };
  });
}

/** The table of winners from the cases that were run. */
export function winnersOf(cases: readonly GpuCaseReport[]): WinnerRow[] {
  return cases
    .filter(({ family }) => family === WINNER_FAMILY)
    .map(({ sizes, contestants }) => {
      const secondsOf = (name: string) => contestants.find((one) => one.name === name)?.seconds?.best ?? null;
      const entries: [string, number | null][] = PATHS.map((path) => [path, secondsOf(`octavo ${path}`)]);
      entries.push(['cuBLASLt', secondsOf(CUBLASLT)]);
      const timed = entries.filter((entry): entry is [string, number] => entry[1] !== null);
      const [winner = null] = timed.reduce<[string | null, number]>(
        (best, entry) => (entry[1] < best[1] ? entry : best),
        [null, Number.POSITIVE_INFINITY],
      );
      const { m = 0, n = 0, k = 0 } = sizes;
      return { m, n, k, seconds: Object.fromEntries(entries), winner, chosen: secondsOf(CHOSEN) };
    });
}
