// GPTQ: weights are rounded column by column, and those that are still to come make up for each error.
import type { FloatMatrix } from '../block_weights';
import type { Codes, Levels } from '../levels';
import type { Hessian } from './hessian';

/** Columns whose errors are gathered before the rest of the row takes them in. */
const PANEL = 128;
/** Columns of the rest that stay in the cache while all rows take errors in. */
const REST = 512;

export interface ColumnRounding<W> {
  readonly matrix: FloatMatrix;
  readonly hessian: Hessian;
  readonly levels: Levels<W>;
  /** Chooses a block's parameters when its first column is reached, from weights that make up for earlier errors. */
  readonly refit: boolean;
}

/** The state of one rounding: weights in the order of the Hessian, as doubles. */
class Rounding<W> {
  readonly codes: Codes;
  readonly #weights: Float64Array;
  readonly #errors: Float64Array;
  readonly #problem: ColumnRounding<W>;

  constructor(problem: ColumnRounding<W>) {
    const { data, rows, columns } = problem.matrix;
    const { order, dead } = problem.hessian;
    this.#problem = problem;
    this.#weights = new Float64Array(rows * columns);
    this.#errors = new Float64Array(rows * PANEL);
    this.codes = problem.levels.allocate();
    const isDead = new Uint8Array(columns);
    for (const column of dead) isDead[column] = 1;
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < columns; i++) {
        const column = order[i]!;
        this.#weights[row * columns + i] = isDead[column] === 1 ? 0 : data[row * columns + column]!;
      }
  }

  /** Rounds the columns of a panel; each error reaches those of the panel that follow at once. */
  panel(from: number, to: number): void {
    const { rows } = this.#problem.matrix;
    for (let row = 0; row < rows; row++) this.#panelOfRow(row, from, to);
  }

  #panelOfRow(row: number, from: number, to: number): void {
    const { hessian, levels, matrix, refit } = this.#problem;
    const { factor, order } = hessian;
    const { columns } = matrix;
    const [weights, base] = [this.#weights, row * columns];
    const block = refit ? levels.refitBlock : undefined;
    for (let i = from; i < to; i++) {
      const column = order[i]!;
      if (block !== undefined && i % block === 0)
        levels.refit(row, column, weights.subarray(base + i, base + Math.min(i + block, columns)));
      const code = levels.codeOf(row, column, weights[base + i]!);
      this.codes[base + column] = code;
      const error = (weights[base + i]! - levels.weightOf(row, column, code)) / factor[i * columns + i]!;
      this.#errors[row * PANEL + i - from] = error;
      for (let j = i + 1, at = i * columns + j; j < to; j++, at++) weights[base + j]! -= error * factor[at]!;
    }
  }

  /** Takes the errors of a panel into all columns that follow it. */
  spread(from: number, to: number): void {
    const { rows, columns } = this.#problem.matrix;
    for (let start = to; start < columns; start += REST) {
      const end = Math.min(start + REST, columns);
      for (let row = 0; row < rows; row++) this.#spreadInRow(row, { from, to, start, end });
    }
  }

  #spreadInRow(row: number, { from, to, start, end }: Record<'from' | 'to' | 'start' | 'end', number>): void {
    const { columns } = this.#problem.matrix;
    const { factor } = this.#problem.hessian;
    const [weights, base] = [this.#weights, row * columns];
    const errors = this.#errors.subarray(row * PANEL, row * PANEL + to - from);
    let i = 0;
    for (; i + 3 < errors.length; i += 4) {
      const [e0, e1, e2, e3] = [errors[i]!, errors[i + 1]!, errors[i + 2]!, errors[i + 3]!];
      for (let j = start, at = (from + i) * columns + start; j < end; j++, at++)
        weights[base + j] =
          weights[base + j]! -
          e0 * factor[at]! -
          e1 * factor[at + columns]! -
          e2 * factor[at + 2 * columns]! -
          e3 * factor[at + 3 * columns]!;
    }
    for (; i < errors.length; i++)
      for (let j = start, at = (from + i) * columns + start; j < end; j++, at++)
        weights[base + j]! -= errors[i]! * factor[at]!;
  }
}

/** Where a panel that begins at `from` ends: within a block, or with one, so that what is refitted has taken all errors in. */
function panelEnd(from: number, columns: number, block: number | undefined): number {
  if (block === undefined) return Math.min(from + PANEL, columns);
  const size = block >= PANEL ? Math.min(PANEL, block - (from % block)) : Math.floor(PANEL / block) * block;
  return Math.min(from + size, columns);
}

/** The codes of all weights, in the order of the matrix. */
export function roundColumns<W>(problem: ColumnRounding<W>): Codes {
  const { columns } = problem.matrix;
  const rounding = new Rounding(problem);
  const block = problem.refit ? problem.levels.refitBlock : undefined;
  for (let from = 0; from < columns; ) {
    const to = panelEnd(from, columns, block);
    rounding.panel(from, to);
    rounding.spread(from, to);
    from = to;
  }
  return rounding.codes;
}
