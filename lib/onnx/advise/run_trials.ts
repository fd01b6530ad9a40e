// Quantizes a model in the ways that may fit it, and measures what comes out.
import type { Method } from '../../calibrate';
import { calibrateModel } from '../calibrate';
import { checkModel } from '../check';
import { compareModels } from '../compare';
import { quantizeDynamic } from '../dynamic';
import type { Feeds, Model } from '../model';
import { raiseIfBelow } from '../opset';
import { prepare } from '../prepare';
import { quantizeStatic, tensorsToCalibrate } from '../static';
import { profileOf, type Target } from '../targets';
import { quantizeWeights } from '../weight_only';
import { modelByteLength } from '../write';
import type { AdviceTrial } from './advice';

export interface TrialRequest {
  readonly target: Target;
  /** What models are calibrated, compared and timed on. */
  readonly samples: readonly Feeds[];
  /** The samples are the user's: what they say of accuracy counts. */
  readonly areReal: boolean;
  /** The target is the runtime that is installed here. */
  readonly measuresSpeed: boolean;
  readonly milliseconds: number | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Candidate {
  readonly mode: AdviceTrial['mode'];
  readonly method?: Method | undefined;
  readonly model: Model;
}

/** A third of a second a model: enough rounds for the best of them to settle. */
const MILLISECONDS = 300;
const OPSET = 13;
/** Beyond this, the ranges of most tensors have settled. */
const MOST_CALIBRATED = 32;

/** Methods that are worth trying: the one that is chosen by error, and the plain one, which keeps outliers. */
const METHODS: readonly Method[] = ['auto', 'minmax'];

async function* candidates(model: Model, request: TrialRequest): AsyncIterable<Candidate> {
  const { target, samples, signal, areReal } = request;
  const raised = raiseIfBelow(model, Math.max(OPSET, profileOf(target).opset));
  const prepared = prepare(raised).model;
  const tensors = tensorsToCalibrate(prepared, { target });
  const sketches = await calibrateModel(prepared, samples.slice(0, MOST_CALIBRATED), { tensors, signal });
  for (const method of areReal ? METHODS : METHODS.slice(0, 1))
    yield { mode: 'static', method, model: quantizeStatic(prepared, sketches, { target, method }).model };
  if (!target.startsWith('ort-')) return;
  yield { mode: 'dynamic', model: quantizeDynamic(prepared).model };
  yield { mode: 'weight-only', model: quantizeWeights(prepared, { type: 'int8' }).model };
}

async function tryOut(model: Model, candidate: Candidate, request: TrialRequest, bytes: number): Promise<AdviceTrial> {
  const { samples, areReal, measuresSpeed, milliseconds = MILLISECONDS, target, signal } = request;
  const comparison = await compareModels(model, candidate.model, samples, {
    layers: false,
    speed: measuresSpeed ? { milliseconds } : false,
    signal,
  });
  const { int8, weighted } = checkModel(candidate.model, target).coverage;
  const sqnr = Math.min(...comparison.outputs.map((output) => output.sqnr));
  const agreements = comparison.outputs.flatMap(({ agreement }) => (agreement === undefined ? [] : [agreement.value]));
  const { speed } = comparison;
  return {
    mode: candidate.mode,
    ...(candidate.method === undefined ? {} : { method: candidate.method }),
    sizeRatio: bytes / modelByteLength(candidate.model),
    int8,
    weighted,
    ...(speed === undefined
      ? {}
      : { speedRatio: speed.ratio, microseconds: { float: speed.a.best, quantized: speed.b.best } }),
    ...(areReal ? { sqnr: Number.isFinite(sqnr) ? sqnr : null } : {}),
    ...(areReal && agreements.length > 0 ? { agreement: Math.min(...agreements) } : {}),
  };
}

/** Tries every way that the target runs; one model is held beside the float one at a time. */
export async function runTrials(model: Model, request: TrialRequest): Promise<AdviceTrial[]> {
  const bytes = modelByteLength(model);
  const trials: AdviceTrial[] = [];
  for await (const candidate of candidates(model, request)) {
    request.signal?.throwIfAborted();
    trials.push(await tryOut(model, candidate, request, bytes));
  }
  return trials;
}
