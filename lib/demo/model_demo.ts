// The main job: quantize an ONNX model with samples, and tell what it gains and costs on fresh data.
import path from 'node:path';
import { packageRoot } from '../loading';
import { measureSpeed } from '../onnx/compare';
import type { Feeds, Model } from '../onnx/model';
import { type Evaluate, type ProgressEvent, quantize } from '../onnx/quantize';
import { readModel } from '../onnx/read';
import type { QuantizeReport, SpeedRow, Times, Verdict } from '../onnx/report';
import { checkInteger } from '../validate';
import { type Dataset, takeRows } from './dataset';
import { IMAGE_SIZE } from './distortion';
import { drawDataset } from './drawn_dataset';
import { classify, countEqual } from './statistics';
import type { Watch } from './watch';

export interface ModelDemoOptions {
  /** Test images to draw, 1000 by default. */
  readonly count?: number | undefined;
  /** Seed of the drawn digits, 1 by default. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with what is being done and the share of it that is done, 0 to 1. */
  readonly onProgress?: ((step: string, done: number) => void) | undefined;
}

/** Everything that the demo finds out. */
export interface ModelDemoResult {
  readonly model: { readonly file: string; readonly trained: string };
  readonly data: {
    readonly source: string;
    readonly images: number;
    readonly seed: number;
    /** Images that fixed the ranges of activations; they are not among the scored ones. */
    readonly calibrationImages: number;
  };
  /** Both models on one thread; null where onnxruntime-node is not installed. */
  readonly speed: {
    readonly single: Pick<SpeedRow, 'float' | 'quantized' | 'ratio'>;
    readonly batch: SpeedRow & { readonly images: number };
  } | null;
  readonly verdict: Verdict;
  readonly report: QuantizeReport;
}

const DEFAULT_COUNT = 1000;
const DEFAULT_SEED = 1;
const CALIBRATION_IMAGES = 128;
const BATCH = 32;
const CLASSES = 10;

/** Rows of a data set as the model takes them: image [n, 1, 28, 28]. */
function feedsOf(dataset: Dataset, begin: number, end: number): Feeds {
  const rows = Uint32Array.from({ length: end - begin }, (_, i) => begin + i);
  const dims = [rows.length, 1, IMAGE_SIZE, IMAGE_SIZE];
  return { image: { type: 'float32', dims, data: takeRows(dataset, rows) } };
}

function* batchesOf(dataset: Dataset): Generator<{ feeds: Feeds; labels: Int32Array }> {
  for (let begin = 0; begin < dataset.count; begin += BATCH) {
    const end = Math.min(begin + BATCH, dataset.count);
    yield { feeds: feedsOf(dataset, begin, end), labels: dataset.labels.subarray(begin, end) };
  }
}

/** The share of digits that a model classifies as they are labelled. */
const accuracyOn =
  (dataset: Dataset): Evaluate =>
  async ({ run }) => {
    let correct = 0;
    for (const { feeds, labels } of batchesOf(dataset)) {
      const { logits } = await run(feeds);
      correct += countEqual(classify(logits?.data as Float32Array, CLASSES), labels);
    }
    return { correct, total: dataset.count };
  };

const STEPS: Readonly<Partial<Record<ProgressEvent['phase'], string>>> = {
  calibrate: 'calibrating',
  quantize: 'quantizing',
  check: 'checking',
  evaluate: 'classifying',
  measure: 'measuring speed',
};

/** One image is measured beside the batch, which quantize has measured. */
async function speedOf(models: { float: Model; quantized: Model }, batch: SpeedRow | undefined, test: Dataset) {
  if (batch === undefined) return null;
  const { threads } = batch;
  const { a, b, ratio } = await measureSpeed(models.float, models.quantized, feedsOf(test, 0, 1), { threads });
  const single = { float: secondsOf(a), quantized: secondsOf(b), ratio };
  return { single, batch: { ...batch, images: BATCH } };
}

const secondsOf = ({ best, median, samples }: { best: number; median: number; samples: number }): Times => ({
  best: best / 1e6,
  median: median / 1e6,
  runs: samples,
});

async function draw(options: ModelDemoOptions, watch: (step: string) => Watch) {
  const count = checkInteger('count', options.count ?? DEFAULT_COUNT, 1, 1_000_000);
  const seed = options.seed ?? DEFAULT_SEED;
  const test = await drawDataset({ count, seed, purpose: 'test' }, watch('drawing digits'));
  const calibration = { count: CALIBRATION_IMAGES, seed, purpose: 'calibrate' } as const;
  return { seed, test, calibration: await drawDataset(calibration, watch('drawing calibration digits')) };
}

/**
 * Quantizes the digit classifier that ships with the package, and compares both forms on freshly drawn digits: in
 * onnxruntime-node where it is installed, else by octavo's own evaluation, without speed. Takes some seconds.
 * @throws ERR_RANGE for options; ERR_ABORTED
 */
export async function runModelDemo(options: ModelDemoOptions = {}): Promise<ModelDemoResult> {
  const file = path.join(packageRoot, 'assets', 'digits.onnx');
  const { signal, onProgress } = options;
  const watch = (step: string): Watch => ({ signal, onProgress: (done) => onProgress?.(step, done) });
  const { seed, test, calibration } = await draw(options, watch);
  const result = await quantize(file, {
    ...{ mode: 'static', evaluate: accuracyOn(test), signal },
    calibration: () => Array.from(batchesOf(calibration), ({ feeds }) => feeds),
    onProgress: ({ phase, done, total = 0 }) => onProgress?.(STEPS[phase] ?? phase, total > 0 ? done / total : 0),
  });
  const float = readModel(file);
  const { report, verdict, model } = result;
  const speed = await speedOf({ float, quantized: model }, report.speed, test);
  return {
    model: { file, trained: float.metadata.get('trained_on') ?? '' },
    data: { source: test.source, images: test.count, seed, calibrationImages: calibration.count },
    ...{ speed, verdict, report },
  };
}
