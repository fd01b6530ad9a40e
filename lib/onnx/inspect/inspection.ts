// What inspectModel says of a model: plain values, which JSON can carry.
import type { Dim, ElementType } from '../model';

/** How a model is quantized, by what it holds. */
export type QuantizedState = 'float' | 'float16' | 'static' | 'qoperator' | 'dynamic' | 'weight-only';

export interface PortInfo {
  readonly name: string;
  readonly elementType: ElementType | 'unknown';
  /** null where an input or output is no tensor, or its rank is not stated. */
  readonly dims: readonly Dim[] | null;
}

export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

export interface WeightInfo {
  /** The initializer. */
  readonly name: string;
  /** The first node that reads it, through Q, DQ and copies; and its operator. */
  readonly node: string;
  readonly opType: string;
  readonly elementType: ElementType;
  readonly dims: readonly number[];
  readonly bytes: number;
  /** Of the stored numbers: for integers without their scale; null for an empty tensor and for types that are not looked into. */
  readonly min: number | null;
  readonly max: number | null;
}

export interface Share {
  /** In parameters of the model, in bytes, and in multiplications with weights; each from 0 to 1, null where there is none. */
  readonly parameters: number | null;
  readonly bytes: number | null;
  readonly macs: number | null;
}

export interface Inspection {
  readonly irVersion: number;
  /** By domain; ai.onnx is the standard's. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: { readonly name: string; readonly version: string };
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly PortInfo[];
  readonly outputs: readonly PortInfo[];
  readonly nodes: number;
  /** How often each operator stands in the graph, the most frequent first. */
  readonly operators: Readonly<Record<string, number>>;
  readonly parameters: Amount & {
    readonly byType: Readonly<Record<string, Amount>>;
    readonly byOperator: Readonly<Record<string, Amount>>;
  };
  /** Constants of more than one dimension, the largest first. */
  readonly weights: readonly WeightInfo[];
  /** Multiplications of one run, unknown dimensions counted as 1. */
  readonly macs: {
    readonly total: number;
    /** By operators whose weights are constants, and by those that multiply two activations. */
    readonly weighted: number;
    readonly activations: number;
    readonly byOperator: Readonly<Record<string, number>>;
    /** Nodes whose multiplications cannot be told, since their shapes are not known. */
    readonly unknown: readonly string[];
  };
  readonly state: QuantizedState;
  /** What 8 bits can take: weights of Conv, ConvTranspose, Gemm and MatMul. */
  readonly quantizable: Share;
  /** What integers hold already. */
  readonly quantized: Share;
  /** Tables that Gather reads. */
  readonly embeddings: Share;
}
