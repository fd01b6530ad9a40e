// What checkModel says of a model: plain values, which JSON can carry.
import type { Target } from '../targets';

/** E: the target rejects the model or fails. W: silently float, or slow. I: quality and size. */
export type Severity = 'E' | 'W' | 'I';

/** A rule's name, such as 'Q013'. The table of rules has what they say. */
export type RuleId = `Q0${number}`;

/**
 * What becomes of a node in the target runtime.
 * - int8: it computes on 8-bit or narrower integers, in `kernel`
 * - copy: it moves or compares integers as they are; the Q/DQ around it are gone
 * - folded: it is part of another node's kernel (`into`), or is computed when the model is loaded
 * - convert: it converts between floats and integers at run time
 * - float: it computes in floating point
 * - other: no floating-point tensor is involved (shapes, indices, masks)
 */
export type Outcome = 'int8' | 'copy' | 'folded' | 'convert' | 'float' | 'other';

export interface NodePrediction {
  /** The node's name; its first output where it has none. */
  readonly node: string;
  readonly opType: string;
  /** The first tensor that the node writes. */
  readonly output: string;
  readonly outcome: Outcome;
  /** The operator that runs, for int8 and copy: QLinearConv, MatMulIntegerToFloat, MaxPool ... */
  readonly kernel?: string | undefined;
  /** The node whose kernel took this one in, for folded. */
  readonly into?: string | undefined;
  /** Why a node that could compute on integers does not, and which rule says so. */
  readonly rule?: RuleId | undefined;
  readonly reason?: string | undefined;
  readonly remedy?: string | undefined;
}

export interface Finding {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly node?: string | undefined;
  readonly tensor?: string | undefined;
  /** What was found, in one sentence. */
  readonly message: string;
  /** What to do about it, in one sentence. */
  readonly remedy: string;
}

/** How many weighted nodes (Conv, ConvTranspose, Gemm, MatMul and their integer forms) compute on integers. */
export interface Coverage {
  readonly int8: number;
  readonly weighted: number;
}

export interface CheckResult {
  readonly target: Target;
  /** In the order of the graph. */
  readonly nodes: readonly NodePrediction[];
  /** Errors first. */
  readonly findings: readonly Finding[];
  /** How often each integer operator will run. */
  readonly kernels: Readonly<Record<string, number>>;
  readonly coverage: Coverage;
  /** No finding is an error. */
  readonly ok: boolean;
}

/** Why a node cannot become an integer kernel. */
export interface Refusal {
  readonly rule: RuleId;
  readonly reason: string;
  /** Instead of the rule's own remedy. */
  readonly remedy?: string | undefined;
}
