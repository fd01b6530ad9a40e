// What implements an ONNX operator.
import { onnxError } from '../errors';
import type { Graph, Node, TensorValue } from '../model';
import type { Call } from './call';

/** A long piece of work, which a synchronous run does at once and an asynchronous one may do off the event loop. */
export interface Step {
  /** Multiply-adds, about. */
  readonly work: number;
  now(): void;
  later(): Promise<void>;
}

/** A graph within a node, to be run with what its inputs are given. */
export interface GraphCall {
  readonly graph: Graph;
  readonly inputs: readonly TensorValue[];
}

export type Request = Step | GraphCall;

/** Work that yields its long steps, in order; each is done when the generator goes on. A GraphCall gives its outputs back. */
export type Work<Result> = Generator<Request, Result, readonly TensorValue[] | undefined>;

/** Outputs by position; those that no one reads may be left out at the end. */
export type Outputs = readonly (TensorValue | undefined)[];

/** Computes a node: at once, or as work in steps. */
export type Operator = (call: Call) => Outputs | Work<Outputs>;

/** The newest version of the standard's operator set whose meaning is known here. */
export const NEWEST_OPSET = 25;

export interface OperatorRow {
  readonly evaluate: Operator;
  /** The operator set that introduced the operator, or the oldest one whose meaning is known here. */
  readonly since: number;
}

/** Operators of one domain by op type. */
export type Family = Readonly<Record<string, OperatorRow>>;

export const row = (since: number, evaluate: Operator): OperatorRow => ({ since, evaluate });

export const isStep = (request: Request): request is Step => 'work' in request;

export function refuseOperator(node: Node, opset: number): never {
  const domain = node.domain === '' ? 'ai.onnx' : node.domain;
  throw onnxError(
    'ERR_UNSUPPORTED',
    `the reference interpreter has no ${domain} ${node.label} of operator set ${opset}`,
    {
      node: node.name || node.label,
      hint: 'Install onnxruntime-node to run this model.',
    },
  );
}
