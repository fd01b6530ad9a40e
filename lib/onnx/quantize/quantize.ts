// Quantizes a model, and finds out what that gains and costs.
import { feedQuantizer } from '../execute';
import { modelDigest } from '../write';
import { meetBudget } from './budget';
import { buildReport } from './build_report';
import { improveFloat } from './improve_float';
import { begin, type Job, type Made } from './job';
import { Judge } from './judge';
import type { Maker } from './maker';
import { layerErrors, speedOf } from './measures';
import type { QuantizeOptions } from './quantize_options';
import { QuantizeResult } from './quantize_result';
import { addRecipe, recipeOf } from './recipe';
import { calibrationRow } from './sample_data';
import { dynamicMaker, float16Maker } from './simple_makers';
import { staticMaker } from './static_maker';
import { verify } from './verify';
import { weightMaker } from './weight_maker';

async function makerFor(job: Job): Promise<Maker> {
  const { mode, target, options, data, watch } = job;
  const improved = await improveFloat(job);
  const context = { target, options, source: data?.source, watch };
  if (mode === 'static') return staticMaker(improved, context);
  if (mode === 'weight-only') return weightMaker(improved, context);
  return mode === 'dynamic' ? dynamicMaker(improved, options, target) : float16Maker(improved, options);
}

async function make(job: Job): Promise<Made> {
  const { options, watch, float, data, samples } = job;
  const maker = await makerFor(job);
  const judge = new Judge(float, data === undefined ? [] : samples, options, watch);
  try {
    return { ...(await meetBudget(maker, judge, job)), maker };
  } finally {
    await judge.dispose();
  }
}

/** The facts that need the finished model: how it runs, how fast, and where its error comes from. */
async function finish(job: Job, made: Made): Promise<QuantizeResult> {
  const { watch, samples, notRun, target, data } = job;
  const { quantized, maker } = made;
  const { model } = quantized;
  const calibration = calibrationRow(data, maker.sketches, data === undefined ? 0 : maker.samples || samples.length);
  const recipe = recipeOf({ ...job, source: job.input.file, calibration, excluded: made.excluded });
  addRecipe(model, recipe);
  watch.report('check', 0);
  const feeds = samples.map(feedQuantizer(model));
  const verification = await verify(model, { target, notRun, samples: feeds, signal: watch.signal });
  const errors = data === undefined ? new Map() : await layerErrors(job, maker.prepared, model);
  watch.report('measure', 0);
  const speed = await speedOf(job, model);
  const digest = modelDigest(model);
  const report = buildReport({ job, made, recipe, calibration, verification, errors, speed, digest });
  return new QuantizeResult(model, report, maker.sketches);
}

/**
 * Quantizes an ONNX model for a runtime, checks what that runtime makes of it, and measures what it gains and costs. Equal
 * input and options give equal bytes. Nothing is written; `save` of the result does.
 *
 * @param source a path, a file: URL, or the bytes of a model without external data
 * @throws ERR_NO_CALIBRATION_DATA where samples are missing; ERR_FILE for a model that is not valid; ERR_UNSUPPORTED for what
 *   cannot be read or run; ERR_DTYPE, ERR_RANGE for options; what the source of samples and the evaluation throw; the
 *   signal's reason. Errors name node, tensor and sample, and have a hint, where they apply.
 */
export async function quantize(source: string | URL | Uint8Array, options?: QuantizeOptions): Promise<QuantizeResult> {
  const job = await begin(source, options);
  return finish(job, await make(job));
}
