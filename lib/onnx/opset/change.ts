// How a node is brought over one change of its operator.
import type { Node } from '../model';
import type { Step } from './step';

/**
 * Changes the node, which the caller owns; nodes that come back take its place, in topological order, in terms of the
 * step's version. Throws ERR_UNSUPPORTED for what the newer operator cannot say.
 */
export type Change = (node: Node, step: Step) => readonly Node[] | undefined;

/** Changes by operator and the version that it changed in; versions that only added types or attributes have none. */
export type Changes = Readonly<Record<string, Readonly<Record<number, Change>>>>;
