// The main job: quantize a model, run it beside the original on fresh data, and tell size, accuracy and speed.
import os from 'node:os';
import path from 'node:path';
import { makeError } from '../errors';
import { packageRoot } from '../loading';
import { runtime } from '../runtime';
import type { Tensor } from '../tensor';
import { checkInteger, checkOneOf, reject } from '../validate';
import { type Dataset, loadDataset, sliceDataset } from './dataset';
import { IMAGE_SIZE } from './distortion';
import { drawDataset } from './drawn_dataset';
import { type Comparison, compareNetworks, featuresOf } from './evaluate';
import { checkFits, loadModel, type Model } from './load_model';
import { type Latency, measureLatency } from './measure_latency';
import { measurePeakShare, type PeakShare } from './measure_peak_share';
import { createFloatNetwork, createInt8Network, type Network } from './networks';

/** Dynamic: each row of activations has its own scale. Static: ranges from calibration, 8 bits from layer to layer. */
export const ACTIVATIONS = ['dynamic', 'static'] as const;

export interface LayersDemoOptions {
  /** A safetensors file as loadModel takes it; absent: the digit classifier that ships with the package. */
  readonly weights?: string | undefined;
  /** IDX files; absent: freshly drawn digits. */
  readonly files?: { readonly images: string; readonly labels: string } | undefined;
  /** Test images: how many to draw (default 5000), or how many of the file's first ones to take (default all). */
  readonly count?: number | undefined;
  /** Seed of the drawn digits, 1 by default. */
  readonly seed?: number | undefined;
  readonly activations?: (typeof ACTIVATIONS)[number] | undefined;
  /** Images in one batch when times are taken, 256 by default; fewer if there are not as many. */
  readonly batch?: number | undefined;
  /** Seconds spent on each of the three timings, 0.9 by default. */
  readonly seconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with what is being done and the share of it that is done, 0 to 1. */
  readonly onProgress?: ((step: string, done: number) => void) | undefined;
}

/** Everything that the demo finds out. Times in microseconds, sizes in bytes, shares from 0 to 1. */
export interface LayersDemoResult {
  readonly model: { readonly file: string; readonly embedded: boolean; readonly widths: readonly number[] };
  readonly data: {
    readonly source: string;
    readonly images: number;
    readonly seed: number | null;
    /** Images that fixed the ranges of static activations; they are not among the scored ones. */
    readonly calibrationImages: number;
  };
  readonly activations: (typeof ACTIVATIONS)[number];
  readonly bytes: { readonly float32: number; readonly int8: number; readonly ratio: number };
  readonly accuracy: Comparison;
  readonly latency: { readonly single: Latency; readonly batch: Latency };
  /** float32 time / int8 time. */
  readonly speedup: { readonly single: Speedup; readonly batch: Speedup };
  readonly peak: PeakShare;
  readonly machine: {
    readonly cpu: string;
    readonly platform: string;
    readonly node: string;
    readonly isa: string;
    readonly threads: number;
  };
}

interface Speedup {
  readonly best: number;
  readonly median: number;
}

const DEFAULT_COUNT = 5000;
const DEFAULT_SEED = 1;
const DEFAULT_BATCH = 256;
const DEFAULT_SECONDS = 0.9;
const MAX_CALIBRATION = 1000;

type Steps = (step: string) => { onProgress: (done: number) => void; signal: AbortSignal | undefined };

interface Data {
  readonly test: Dataset;
  readonly calibration: Dataset | undefined;
}

async function drawData(options: LayersDemoOptions, model: Model, steps: Steps): Promise<Data> {
  const count = checkInteger('count', options.count ?? DEFAULT_COUNT, 1, 1_000_000);
  const seed = options.seed ?? DEFAULT_SEED;
  const { inputScale } = model;
  checkFits(model, { source: 'a drawn digit', width: IMAGE_SIZE * IMAGE_SIZE, labels: Int32Array.of(9) });
  const test = await drawDataset({ count, seed, purpose: 'test', inputScale }, steps('drawing digits'));
  if (options.activations !== 'static') return { test, calibration: undefined };
  const calibration = { count: MAX_CALIBRATION, seed, purpose: 'calibrate', inputScale } as const;
  return { test, calibration: await drawDataset(calibration, steps('drawing calibration digits')) };
}

/** With static activations the first tenth of the file calibrates, and only the rest is scored. */
function loadData(files: { images: string; labels: string }, options: LayersDemoOptions, model: Model): Data {
  const all = loadDataset(files, model.inputScale);
  checkFits(model, all);
  const count = checkInteger('count', options.count ?? all.count, 1, Number.MAX_SAFE_INTEGER);
  if (count > all.count)
    throw makeError('ERR_RANGE', `count must be at most ${all.count}, the images in ${files.images}, got ${count}`);
  const chosen = sliceDataset(all, 0, count);
  if (options.activations !== 'static') return { test: chosen, calibration: undefined };
  if (count < 2) throw makeError('ERR_RANGE', 'static activations need at least 2 images: the first tenth calibrates');
  const calibrating = Math.min(Math.ceil(count / 10), MAX_CALIBRATION);
  return { test: sliceDataset(chosen, calibrating, count), calibration: sliceDataset(chosen, 0, calibrating) };
}

async function measure(model: Model, data: Data, options: { batch: number; milliseconds: number; steps: Steps }) {
  const { test, calibration } = data;
  const { batch, milliseconds, steps } = options;
  const range: Tensor<'float32'> | undefined = calibration && featuresOf(calibration, 0, calibration.count);
  const networks: { model: Model; float32: Network; int8: Network } = {
    model,
    float32: createFloatNetwork(model),
    int8: createInt8Network(model, range),
  };
  const accuracy = await compareNetworks(networks, test, steps('classifying'));
  const single = await measureLatency(networks, test, { rows: 1, milliseconds, ...steps('timing one image') });
  const batched = await measureLatency(networks, test, { rows: batch, milliseconds, ...steps('timing a batch') });
  const peak = await measurePeakShare(model, test, { rows: batch, milliseconds, ...steps('timing the peak') });
  const { bytes: float32 } = networks.float32;
  const { bytes: int8 } = networks.int8;
  return { bytes: { float32, int8, ratio: float32 / int8 }, accuracy, latency: { single, batch: batched }, peak };
}

function speedupOf({ float32, int8 }: Latency): Speedup {
  return { best: float32.best / int8.best, median: float32.median / int8.median };
}

/**
 * Runs the demo: takes some seconds, and no file but the model that ships with the package.
 * @throws ERR_FILE, ERR_SHAPE or ERR_RANGE for files that are broken or do not fit each other; ERR_ABORTED
 */
export async function runLayersDemo(options: LayersDemoOptions = {}): Promise<LayersDemoResult> {
  const activations = checkOneOf('activations', options.activations ?? 'dynamic', ACTIVATIONS);
  const batch = checkInteger('batch', options.batch ?? DEFAULT_BATCH, 1, 65_536);
  const file = options.weights ?? path.join(packageRoot, 'assets', 'digits.safetensors');
  const { signal, files, seconds = DEFAULT_SECONDS } = options;
  if (!(seconds >= 0 && seconds <= 3600)) reject('seconds', 'a number from 0 to 3600', seconds, 'ERR_RANGE');
  const steps: Steps = (step) => {
    options.onProgress?.(step, 0);
    return { onProgress: (done) => options.onProgress?.(step, done), signal };
  };
  const model = loadModel(file);
  const data = files === undefined ? await drawData(options, model, steps) : loadData(files, options, model);
  const measured = await measure(model, data, { batch, milliseconds: 1000 * seconds, steps });
  const { single, batch: batched } = measured.latency;
  return {
    model: { file, embedded: options.weights === undefined, widths: model.widths },
    data: {
      source: data.test.source,
      images: data.test.count,
      seed: files === undefined ? (options.seed ?? DEFAULT_SEED) : null,
      calibrationImages: data.calibration?.count ?? 0,
    },
    activations,
    ...measured,
    speedup: { single: speedupOf(single), batch: speedupOf(batched) },
    machine: {
      cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
      platform: `${process.platform}-${process.arch}`,
      node: process.versions.node,
      isa: runtime.isa,
      threads: runtime.threads,
    },
  };
}
