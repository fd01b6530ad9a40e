// GPTQ (E. Frantar, S. Ashkboos, T. Hoefler and D. Alistarh, "GPTQ", ICLR 2023).
import { checkInteger, checkOptions, reject } from '../../validate';
import { runLater, runNow } from '../native_calls';
import { gramOf, type WeightMethod } from '../weight_method';
import { type GptqSettings, gptqCalls } from './gptq_calls';

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
  /**
   * Each row is rounded with its scales times so many factors from 0.72 to 1.28, and the one with the least error of its
   * outputs is kept. For integers with static groups and the clip 'mse', 1 for others. Default: 17 up to 512 channels, 5 up to
   * 2,048, 1 beyond.
   */
  readonly candidates?: number | undefined;
  /**
   * After that, at most so many times over all columns, each code in turn becomes the one with the least error of the outputs,
   * the others being as they are (as in K. Behdin et al., "QuantEase", 2023), and where candidates may be tried, each scale
   * before them. 0 and one candidate are GPTQ as published. Default: 3.
   */
  readonly sweeps?: number | undefined;
}

/**
 * Rounds column after column; each error goes into the columns that follow, as the inputs' second moments tell how these can
 * make up for it. Channels that were always 0 get weights of 0. All in double, the same on every machine. For n channels and m
 * outputs it takes 16 n² bytes and of the order of n³ / 2 + m n² (candidates / 2 + 1 + 2 sweeps) multiplications.
 *
 * @throws ERR_DTYPE, ERR_RANGE for malformed options, and for a damping that leaves the Hessian singular
 */
export function gptq(options: GptqOptions = {}): WeightMethod {
  const settings = settingsOf(checkOptions('options', options));
  return {
    name: 'gptq',
    needsGram: true,
    quantize: (problem) => ({ weights: runNow(gptqCalls({ ...problem, gram: gramOf(problem, 'gptq') }, settings)) }),
    quantizeAsync: async (problem, watch) => ({
      weights: await runLater(gptqCalls({ ...problem, gram: gramOf(problem, 'gptq') }, settings), watch),
    }),
  };
}

function settingsOf(options: GptqOptions): GptqSettings {
  const { damping = 0.01, actOrder = true, staticGroups = true, candidates, sweeps = 3 } = options;
  if (typeof damping !== 'number') reject('damping', 'a number', damping, 'ERR_DTYPE');
  if (!(damping >= 0 && damping < Number.POSITIVE_INFINITY)) reject('damping', 'from 0', damping, 'ERR_RANGE');
  if (actOrder && !staticGroups) reject('staticGroups', 'true with actOrder', staticGroups, 'ERR_RANGE');
  if (candidates !== undefined) checkInteger('candidates', candidates, 1, 1000);
  return { damping, actOrder, staticGroups, candidates, sweeps: checkInteger('sweeps', sweeps, 0, 1000) };
}
