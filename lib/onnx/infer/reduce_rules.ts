// Operators that reduce along axes.
import { intOf } from '../model';
import { axisOf } from './dims';
import type { Rule } from './node_view';
import { axesGiven } from './shape_rules';

/** Reductions with axes as an input since 18 (ReduceSum since 13), as an attribute before. */
const reduce: Rule = (view) => {
  const elementType = view.elementType(0);
  const dims = view.dims(0);
  const given = axesGiven(view, 1);
  const keep = intOf(view.node, 'keepdims', 1) !== 0;
  if (dims === undefined) return [{ elementType }];
  if (given === undefined) return [{ elementType, dims: keep ? dims.map(() => null) : undefined }];
  const none = given === 'absent' || given.length === 0;
  if (none && intOf(view.node, 'noop_with_empty_axes', 0) !== 0) return [{ elementType, dims }];
  const positive = none ? undefined : new Set(given.map((axis) => axisOf(axis, dims.length)));
  const isReduced = (i: number): boolean => positive?.has(i) ?? true;
  const result = keep ? dims.map((dim, i) => (isReduced(i) ? 1 : dim)) : dims.filter((_, i) => !isReduced(i));
  return [{ elementType, dims: result }];
};

const arg: Rule = (view) => {
  const dims = view.dims(0);
  const axis = dims === undefined ? undefined : axisOf(intOf(view.node, 'axis', 0), dims.length);
  const keep = intOf(view.node, 'keepdims', 1) !== 0;
  const kept = dims?.map((dim, i) => (i === axis ? 1 : dim));
  return [{ elementType: 'int64', dims: keep ? kept : dims?.filter((_, i) => i !== axis) }];
};

const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'];

export const REDUCE_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['ArgMax', arg],
  ['ArgMin', arg],
  ...REDUCTIONS.map((name) => [`Reduce${name}`, reduce] as const),
]);
