// The real models of ../shared/data, each with a batch of real inputs.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Model, readModel } from '../../lib/onnx';
import type { Feeds, TensorValue, ValueInfo } from '../../lib/onnx/model';
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

/** Two samples as one batch. */
function joined(a: Feeds, b: Feeds): Feeds {
  const join = (name: string): TensorValue => {
    const [{ type, dims, data }, other] = [a[name]!, b[name]!];
    const both = new (data.constructor as Float32ArrayConstructor)(data.length + other.data.length);
    both.set(data as Float32Array);
    both.set(other.data as Float32Array, data.length);
    return { type, dims: [(dims[0] as number) + (other.dims[0] as number), ...dims.slice(1)], data: both };
  };
  return Object.fromEntries(Object.keys(a).map((name) => [name, join(name)]));
}

const takesBatches = ({ type }: ValueInfo): boolean => type?.kind === 'tensor' && typeof type.dims?.[0] !== 'number';

export async function openRealModel({ file, open }: Task): Promise<RealModel> {
  const samples = (await open()) as Samples;
  const model = readModel(path.join(DATA, file));
  const [first, second] = samples.test.map((sample) => sample.feeds) as [Feeds, Feeds?];
  const batch = model.graph.inputs.every(takesBatches) && second !== undefined ? joined(first, second) : first;
  const feeds = samples.batched?.() ?? batch;
  const calibration = samples.calibration.map((sample) => sample.feeds);
  return { model, feeds, calibration };
}
