// GPTQ (E. Frantar, S. Ashkboos, T. Hoefler and D. Alistarh, "GPTQ", ICLR 2023).
import { checkOptions, reject } from '../../validate';
import type { FloatMatrix } from '../block_weights';
import { BlockLevels, CodebookLevels } from '../levels';
import { gramOf, isCodebookScheme, type StoredWeights, type WeightMethod, type WeightScheme } from '../weight_method';
import { type DampedHessian, dampedHessian } from './hessian';
import { inverseFactor } from './inverse_factor';
import { roundColumns } from './round_columns';

export interface GptqOptions {
  /** Of the mean diagonal of the Hessian, added to its diagonal. Default: 0.01. */
  readonly damping?: number | undefined;
  /** Rounds channels with the largest inputs first. Needs static groups. Default: true. */
  readonly actOrder?: boolean | undefined;
  /**
   * true: scales are those of the weights as they came; false: of the weights when their block's turn comes, which have made
   * up for earlier errors. Codebooks always have the former. Default: true.
   */
  readonly staticGroups?: boolean | undefined;
}

/**
 * Rounds column after column; each error goes into the columns that follow, as the inputs' second moments tell how these can
 * make up for it. Channels that were always 0 get weights of 0.
 *
 * @throws ERR_DTYPE, ERR_RANGE for malformed options, and for a damping that leaves the Hessian singular
 */
export function gptq(options: GptqOptions = {}): WeightMethod {
  const { damping = 0.01, actOrder = true, staticGroups = true } = checkOptions('options', options);
  if (typeof damping !== 'number') reject('damping', 'a number', damping, 'ERR_DTYPE');
  if (!(damping >= 0 && damping < Number.POSITIVE_INFINITY)) reject('damping', 'from 0', damping, 'ERR_RANGE');
  if (actOrder && !staticGroups) reject('staticGroups', 'true with actOrder', staticGroups, 'ERR_RANGE');
  return {
    name: 'gptq',
    needsGram: true,
    quantize(problem) {
      const { matrix, scheme } = problem;
      const hessian = dampedHessian(gramOf(problem, 'gptq'), { damping, actOrder });
      return { weights: roundMatrix(matrix, scheme, hessian, !staticGroups) };
    },
  };
}

function roundMatrix(matrix: FloatMatrix, scheme: WeightScheme, damped: DampedHessian, refit: boolean): StoredWeights {
  const { order, dead } = damped;
  const hessian = { factor: inverseFactor(damped.matrix, matrix.columns), order, dead };
  if (isCodebookScheme(scheme)) {
    const levels = new CodebookLevels(matrix, scheme);
    return levels.build(roundColumns({ matrix, hessian, levels, refit: false }));
  }
  const levels = BlockLevels.of(matrix, scheme);
  return levels.build(roundColumns({ matrix, hessian, levels, refit }));
}
