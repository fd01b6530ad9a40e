// Classifies a whole data set with both networks.

import { type Estimate, estimate, type Share, shareOf } from '../statistics';
import { Tensor } from '../tensor';
import { type Dataset, takeRows } from './dataset';
import type { Model } from './load_model';
import type { Network } from './networks';
import { classify, countEqual } from './statistics';
import { finishStep, type Watch } from './watch';

/** Two networks on the same images. */
export interface Comparison {
  readonly float32: Estimate;
  readonly int8: Estimate;
  /** Images to which both give the same class, right or wrong. */
  readonly agreement: Share;
}

/** Rows that are classified at once. */
const ROWS = 256;

/** Features of the rows [begin, end), float32 [end - begin, width]. */
export function featuresOf(dataset: Dataset, begin: number, end: number): Tensor<'float32'> {
  const rows = Uint32Array.from({ length: end - begin }, (_, i) => begin + i);
  return new Tensor('float32', takeRows(dataset, rows), [rows.length, dataset.width]);
}

/** Counts how often each network is right, and how often both say the same. */
export async function compareNetworks(
  networks: { model: Model; float32: Network; int8: Network },
  dataset: Dataset,
  watch: Watch = {},
): Promise<Comparison> {
  const classes = networks.model.widths.at(-1) ?? 0;
  const counts = { float32: 0, int8: 0, same: 0 };
  for (let begin = 0; begin < dataset.count; begin += ROWS) {
    const end = Math.min(begin + ROWS, dataset.count);
    const features = featuresOf(dataset, begin, end);
    const labels = dataset.labels.subarray(begin, end);
    const a = classify(networks.float32.forward(features).data, classes);
    const b = classify(networks.int8.forward(features).data, classes);
    counts.float32 += countEqual(a, labels);
    counts.int8 += countEqual(b, labels);
    counts.same += countEqual(a, b);
    await finishStep(watch, end / dataset.count);
  }
  const { count } = dataset;
  return {
    float32: estimate(counts.float32, count),
    int8: estimate(counts.int8, count),
    agreement: shareOf(counts.same, count),
  };
}
