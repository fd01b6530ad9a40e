// What is done to the float model, which goes on computing the same, so that less is lost when it is quantized.
import { equalize } from '../accuracy';
import { channelMaxima, observeModel } from '../calibrate';
import type { Model } from '../model';
import type { PreparedModel } from '../prepare';
import { smoothQuant, tensorsToSmooth } from '../smooth';
import type { Job } from './job';

/** The axis of the channels that products sum over. */
const CHANNELS = -1;

async function smoothed(
  model: Model,
  { options, data, watch }: Job,
): Promise<{ model: Model; changes: readonly string[] }> {
  const { smoothQuant: alpha, exclude, overrides, policy, threads } = options;
  const selection = { exclude, overrides };
  const tensors = tensorsToSmooth(model, selection);
  if (data === undefined || tensors.length === 0) return { model, changes: [] };
  const seen = await observeModel(model, data.source, {
    ...{ tensors, policy, signal: watch.signal, executor: { threads } },
    channels: new Map(tensors.map((name) => [name, CHANNELS])),
    onProgress: ({ samples, total }) => watch.report('correct', samples, total),
  });
  const maxima = new Map([...seen.channels].map(([name, sketch]) => [name, channelMaxima(sketch)]));
  return smoothQuant(model, maxima, { ...selection, ...(typeof alpha === 'number' ? { alpha } : {}) });
}

/** By default where products take activations as they come, and samples tell which channels stand out. */
const smooths = ({ mode, options: { smoothQuant: wanted }, data }: Job): boolean =>
  wanted === undefined ? mode === 'dynamic' && data !== undefined && !data.random : wanted !== false;

export interface ImprovedModel extends PreparedModel {
  /** Whether outliers of activations were moved into weights. */
  readonly smoothed: boolean;
}

/** The prepared model, equalized and smoothed as the options say. Throws what calibration throws. */
export async function improveFloat(job: Job): Promise<ImprovedModel> {
  const { options } = job;
  let { prepared } = job;
  if (options.equalize || options.dataFree) prepared = equalize(prepared.model, prepared);
  if (!smooths(job)) return { ...prepared, smoothed: false };
  const { model: smooth, changes } = await smoothed(prepared.model, job);
  return { ...prepared, model: smooth, changes: [...prepared.changes, ...changes], smoothed: changes.length > 0 };
}
