// The real models of ../shared/data, each with one batch of real inputs.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Model, readModel } from '../../lib/onnx';
import type { Feeds } from '../../lib/onnx/model';
import { TASKS } from '../../scripts/score/tasks.mjs';

const DATA = path.join(__dirname, '..', '..', '..', 'shared', 'data');
export const MISSING = existsSync(DATA) ? undefined : 'skipped: ../shared not present';

interface Task {
  readonly name: string;
  readonly file: string;
  open(): unknown;
}

interface Samples {
  readonly test: readonly { readonly feeds: Feeds }[];
  readonly calibration: readonly { readonly feeds: Feeds }[];
  batched?(): Feeds;
}

const LIST = TASKS as unknown as readonly Task[];
const encoder = LIST.find(({ name }) => name === 'banking77') as Task;

export const REAL_MODELS: readonly Task[] = [
  ...LIST,
  { name: 'banking77, opset 13', file: 'banking77-encoder/model_opset13.onnx', open: encoder.open },
];

export interface RealModel {
  readonly model: Model;
  readonly feeds: Feeds;
  readonly calibration: readonly Feeds[];
}

export async function openRealModel({ file, open }: Task): Promise<RealModel> {
  const samples = (await open()) as Samples;
  const feeds = samples.batched?.() ?? (samples.test[0]?.feeds as Feeds);
  const calibration = samples.calibration.map((sample) => sample.feeds);
  return { model: readModel(path.join(DATA, file)), feeds, calibration };
}
