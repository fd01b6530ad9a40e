// What is known of a quantization when it is over: plain data, which JSON can hold. Numbers are null for infinities.
import type { LayerForm } from '../decisions';

export type QuantizeMode = 'static' | 'dynamic' | 'weight-only' | 'float16';

/** A layer of the prepared model: what became of it, and why. */
export interface LayerRow {
  readonly name: string;
  readonly opType: string;
  readonly form: LayerForm;
  /** It multiplies by weights: the layers that coverage counts. */
  readonly weighted: boolean;
  /** What the target's runtime is predicted to run for it, such as QLinearConv; null where nothing is known. */
  readonly predicted: string | null;
  /** The layer runs on an integer kernel: by prediction, or as onnxruntime's optimized graph shows. */
  readonly integerKernel: boolean;
  readonly reason: string | null;
  /** Q001 to Q037. */
  readonly rule: string | null;
  readonly remedy: string | null;
  /** Signal to noise ratio of the layer's output against the float model's, in dB, with all layers quantized. */
  readonly sqnr: number | null;
}

/** What calibration saw of a tensor, and the range that was chosen for it. */
export interface TensorRow {
  readonly name: string;
  readonly type: string;
  readonly method: string;
  readonly min: number | null;
  readonly max: number | null;
  /** Ends of the quantized range. */
  readonly low: number;
  readonly high: number;
  readonly scale: number;
  readonly zeroPoint: number;
  /** Expected: part of the values beyond the range, part of the levels that no value uses, error in dB. */
  readonly clippingRate: number;
  readonly deadRange: number;
  readonly sqnr: number | null;
  /** Values in equal columns from `from` to `to`. */
  readonly histogram: { readonly from: number; readonly to: number; readonly counts: readonly number[] } | null;
}

/** A rule of the target that the quantized model breaks. */
export interface FindingRow {
  readonly rule: string;
  /** E: the target refuses it; W: it runs in float or slowly; I: it costs quality or size. */
  readonly severity: 'E' | 'W' | 'I';
  readonly node: string | null;
  readonly tensor: string | null;
  readonly message: string;
  readonly remedy: string | null;
}

/** A score with the interval that holds the true one with 95 % confidence, where the evaluation counts trials. */
export interface ScoreRow {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly count: number | null;
}

export interface EvaluationRow {
  /** accuracy: a share of trials; score: higher is better; loss: lower is better. */
  readonly kind: 'accuracy' | 'score' | 'loss';
  readonly float: ScoreRow;
  readonly quantized: ScoreRow;
  /** Percentage points of an accuracy, percent of a score or a loss that were lost; negative where it got better. */
  readonly drop: number;
}

export interface Times {
  /** Seconds of a run. */
  readonly best: number;
  readonly median: number;
  readonly runs: number;
}

export interface SpeedRow {
  readonly float: Times;
  readonly quantized: Times;
  /** Best time of the float model over that of the quantized one. */
  readonly ratio: number;
  readonly threads: number;
  /** Dims of the inputs that were timed. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly runtime: string;
}

/** What quantizing one layer costs. */
export interface SensitivityRow {
  readonly name: string;
  readonly opType: string;
  /** Output SQNR in dB with this layer alone quantized, and with it and all before it. */
  readonly isolated: number | null;
  readonly accumulated: number | null;
  /** The budget left it in float. */
  readonly excluded: boolean;
}

export interface BudgetRow {
  /** Percentage points (accuracy) or percent (score, loss). */
  readonly maxDrop: number | null;
  readonly minSqnr: number | null;
  readonly held: boolean;
  /** Layers that were left in float to hold it. */
  readonly excluded: readonly string[];
}

export interface CalibrationRow {
  readonly source: string;
  /** 0 where only sketches were given. */
  readonly samples: number;
  /** SHA-256 of all sketches: equal for equal data in any order. */
  readonly digest: string;
  /** Random data: fit for measuring speed, not for accuracy. */
  readonly random: boolean;
}

/** Rule Q037: onnxruntime's integers against those of the reference evaluation. */
export interface ParityRow {
  readonly samples: number;
  /** Quantized tensors that were compared, over all samples. */
  readonly tensors: number;
  /** Largest distance in steps of a tensor's own scale, and where it is. */
  readonly steps: number;
  readonly worst: string | null;
  /** At most one step. */
  readonly held: boolean;
}

export interface FileRow {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface QuantizeReport {
  readonly format: 'octavo.quantizeReport';
  readonly version: 1;
  readonly mode: QuantizeMode;
  readonly target: string;
  readonly source: FileRow & { readonly opset: number };
  readonly output: FileRow & { readonly opset: number };
  readonly layers: readonly LayerRow[];
  readonly tensors: readonly TensorRow[];
  readonly findings: readonly FindingRow[];
  /** SQNR of all outputs together against the float model's, in dB; undefined where nothing was run. */
  readonly outputSqnr: number | null | undefined;
  readonly evaluation: EvaluationRow | undefined;
  readonly speed: SpeedRow | undefined;
  readonly sensitivity: readonly SensitivityRow[];
  readonly budget: BudgetRow | undefined;
  readonly calibration: CalibrationRow | undefined;
  readonly parity: ParityRow | undefined;
  /** Nodes whose predicted kernel is the one in onnxruntime's optimized graph. */
  readonly prediction: { readonly right: number; readonly nodes: number } | undefined;
  /** What preparation did, one line each. */
  readonly changes: readonly string[];
  /** What was not done and why, one line each. */
  readonly notes: readonly string[];
  /** The options that were in force, as the model's metadata has them. */
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
}
