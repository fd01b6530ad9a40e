// Which way of quantizing fits a model, and why.
import { type AsyncOptions, signalOf } from '../../abort_signal';
import { openSamples } from '../data';
import { onnxruntimeVersion } from '../execute';
import type { Feeds, Model } from '../model';
import { installedTarget, profileOf, type Target } from '../targets';
import type { Advice, AdviceTrial, Evidence } from './advice';
import { type Choice, chooseMode } from './choose';
import { countOf, hasVnni, type Structure, structureOf } from './gather_evidence';
import { runTrials } from './run_trials';

export interface AdviseOptions extends AsyncOptions {
  /** Default: the runtime that is installed here. */
  readonly target?: Target | undefined;
  /** Least signal to noise ratio of the outputs in dB that is accepted on the samples, unless nearly all of the largest outputs stay; default 10. */
  readonly tolerance?: number | undefined;
  /** What the model will be fed with. Without samples, speed is measured on random data, and accuracy is not. */
  readonly samples?: readonly Feeds[] | undefined;
  /** Try the ways that may fit, and time them where onnxruntime-node is installed; default true. */
  readonly measure?: boolean | undefined;
  /** How long each form is timed beside the float model; default 300. */
  readonly milliseconds?: number | undefined;
  /** The model's file, for the command; default model.onnx. */
  readonly source?: string | undefined;
  /** Where the samples lie, for the command; default SAMPLES. */
  readonly samplesPath?: string | undefined;
}

const TOLERANCE = 10;
/** Outputs that are off by more deserve a look at what the model is for. */
const CLEAN = 20;
/** Larger models are judged by their structure: trying them would take minutes. */
const MOST_BYTES = 1.5e9;
const RANDOM = 'random:4';

async function tryAll(
  model: Model,
  target: Target,
  options: AdviseOptions,
): Promise<{ trials: AdviceTrial[]; problem?: string }> {
  const signal = signalOf(options);
  try {
    const given = options.samples ?? [];
    const samples: Feeds[] = [...given];
    if (given.length === 0)
      for await (const feeds of await openSamples(RANDOM, model.graph.inputs)) samples.push(feeds);
    const measuresSpeed = target === installedTarget() && (await onnxruntimeVersion()) !== undefined;
    return {
      trials: await runTrials(model, {
        target,
        samples,
        areReal: given.length > 0,
        measuresSpeed,
        milliseconds: options.milliseconds,
        signal,
      }),
    };
  } catch (error) {
    signal?.throwIfAborted();
    return { trials: [], problem: (error as Error).message };
  }
}

function trialText({
  mode,
  method,
  speedRatio,
  microseconds,
  sizeRatio,
  int8,
  weighted,
  sqnr,
  agreement,
}: AdviceTrial): string {
  const name =
    method === undefined ? mode : `${mode} (${typeof method === 'string' ? method : JSON.stringify(method)})`;
  const parts = [`${int8} of ${weighted} layers on integers`, `${sizeRatio.toFixed(2)} times smaller`];
  if (speedRatio !== undefined && microseconds !== undefined)
    parts.push(
      `${speedRatio.toFixed(2)} times as fast (${microseconds.float.toFixed(0)} -> ${microseconds.quantized.toFixed(0)} us)`,
    );
  if (sqnr !== undefined) parts.push(`output SQNR ${sqnr === null ? 'infinite' : `${sqnr.toFixed(1)} dB`}`);
  if (agreement !== undefined) parts.push(`${(agreement * 100).toFixed(1)} % of the largest outputs stay`);
  return `${name}: ${parts.join(', ')}`;
}

function* trialEvidence(
  trials: readonly AdviceTrial[],
  problem: string | undefined,
  options: AdviseOptions,
): Iterable<Evidence> {
  for (const trial of trials)
    yield {
      about: trial.speedRatio === undefined ? 'accuracy' : 'speed',
      text: trialText(trial),
      value: trial.speedRatio ?? trial.sqnr ?? undefined,
    };
  if (problem !== undefined) yield { about: 'samples', text: `nothing could be tried: ${problem}` };
  else if (trials.length > 0 && (options.samples?.length ?? 0) === 0)
    yield { about: 'samples', text: 'random data were fed: they say nothing about accuracy' };
}

/** The error of the outputs is no measure of accuracy. */
function* caution({ mode, trial }: Choice): Iterable<Evidence> {
  const sqnr = trial?.sqnr ?? Number.POSITIVE_INFINITY;
  if (mode !== 'keep' && sqnr < CLEAN)
    yield {
      about: 'accuracy',
      text: `${sqnr.toFixed(1)} dB is little: score the model with --eval FILE.mjs --max-drop POINTS`,
      value: sqnr,
    };
}

function commandOf(
  choice: Choice,
  target: Target,
  { source = 'model.onnx', samplesPath = 'SAMPLES' }: AdviseOptions,
): string | undefined {
  if (choice.mode === 'keep') return undefined;
  const words = ['npx octavo quantize', quoted(source), '--mode', choice.mode];
  if (target !== installedTarget()) words.push('--target', target);
  if (choice.mode === 'static') {
    words.push('--calib', quoted(samplesPath));
    const method = choice.trial?.method;
    if (typeof method === 'string' && method !== 'auto') words.push('--method', method);
  }
  if (
    target === 'ort-x64' &&
    process.arch === 'x64' &&
    !hasVnni() &&
    choice.mode !== 'float16' &&
    choice.mode !== 'weight-only'
  )
    words.push('--reduce-range');
  return words.join(' ');
}

/** A word as a shell takes it. */
const quoted = (word: string): string => (/^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const GRANULARITY = {
  static: { weights: 'channel', activations: 'tensor' },
  dynamic: { weights: 'channel', activations: 'tensor' },
  'weight-only': { weights: 'channel', activations: 'none' },
} as const;

function linesOf(choice: Choice, command: string | undefined, evidence: readonly Evidence[]): string[] {
  const advice = choice.mode === 'keep' ? 'Advice: do not quantize' : `Advice: ${choice.mode}`;
  const lines = [`${advice}. ${choice.reason[0]?.toUpperCase()}${choice.reason.slice(1)}.`];
  if (command !== undefined) lines.push(command);
  return [...lines, ...evidence.map(({ about, text }) => `${about}: ${text}`)];
}

/**
 * Advises how to quantize a model for a runtime. Where it can, it makes the quantized forms that may fit, and compares their speed
 * and, on real samples, their outputs with the float model's; what it made is thrown away. The model is only read.
 * @throws ERR_RANGE for a target that does not exist; the signal's reason
 */
export async function advise(model: Model, options: AdviseOptions = {}): Promise<Advice> {
  const { target = installedTarget(), tolerance = TOLERANCE, measure = true, samples = [] } = options;
  profileOf(target);
  const structure: Structure = structureOf(model, target);
  const { state, parameters } = structure.inspection;
  const tries = measure && state === 'float' && parameters.bytes <= MOST_BYTES;
  const { trials, problem } = tries ? await tryAll(model, target, options) : { trials: [], problem: undefined };
  const isOrt = target.startsWith('ort-');
  const choice = chooseMode({ structure, trials, tolerance, hasSamples: samples.length > 0, isOrt });
  const evidence = [...structure.evidence, ...trialEvidence(trials, problem, options), ...caution(choice)];
  if (parameters.bytes > MOST_BYTES && measure)
    evidence.push({ about: 'size', text: `${countOf(parameters.bytes)} bytes: judged by its structure alone` });
  const command = commandOf(choice, target, options);
  return {
    target,
    mode: choice.mode,
    reason: choice.reason,
    ...(choice.mode === 'static' ? { method: choice.trial?.method ?? 'auto' } : {}),
    ...(choice.mode in GRANULARITY ? { granularity: GRANULARITY[choice.mode as keyof typeof GRANULARITY] } : {}),
    ...(command === undefined ? {} : { command }),
    trials,
    evidence,
    lines: linesOf(choice, command, evidence),
  };
}
