// Operators that state, compute or follow shapes: the values of their shape inputs are used where they are known.
import { type Dim, intOf, intsOf } from '../model';
import { addDims, axesOf, axisOf, type Dims, isStatic, mapDim, multiplyDims } from './dims';
import type { Known, NodeView, Rule } from './node_view';

/** Axes from the input (newer versions) or from the attribute; undefined if they are not known, absent if none are given. */
export function axesGiven(view: NodeView, input: number): readonly number[] | 'absent' | undefined {
  if (view.has(input)) return view.numbers(input);
  return intsOf(view.node, 'axes', 'absent' as const);
}

const shape: Rule = (view) => {
  const dims = view.dims(0);
  if (dims === undefined) return [{ elementType: 'int64' }];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + dims.length : at, 0), dims.length);
  const items = dims.slice(clamp(intOf(view.node, 'start', 0)), clamp(intOf(view.node, 'end', dims.length)));
  return [{ elementType: 'int64', dims: [items.length], items }];
};

const size: Rule = (view) => {
  const dims = view.dims(0);
  return [{ elementType: 'int64', dims: [], ...(dims === undefined ? {} : { items: [multiplyDims(dims)] }) }];
};

/** The one dimension that a reshape leaves open: all values over those of the other dimensions. Names cancel out. */
function openDim(input: Dims | undefined, rest: Dims): Dim {
  if (input === undefined || rest.includes(null)) return null;
  const left = [...input];
  const right: number[] = [];
  for (const dim of rest) {
    const at = typeof dim === 'string' ? left.indexOf(dim) : -1;
    if (at >= 0) left.splice(at, 1);
    else if (typeof dim === 'number') right.push(dim);
    else return null;
  }
  const divisor = right.reduce((product, dim) => product * dim, 1);
  const named = left.filter((dim) => typeof dim !== 'number');
  const count = (left.filter((dim) => typeof dim === 'number') as number[]).reduce((product, dim) => product * dim, 1);
  if (divisor === 0 || count % divisor !== 0) return null;
  if (named.length === 0) return count / divisor;
  return named.length === 1 && count === divisor ? (named[0] as Dim) : null;
}

function reshapedDims(input: Dims | undefined, target: Dims, allowZero: boolean): Dim[] {
  const dims = target.map((dim, i) => (dim === 0 && !allowZero ? (input?.[i] ?? null) : dim));
  const open = dims.indexOf(-1);
  if (open >= 0) {
    const rest = dims.filter((_, i) => i !== open);
    dims[open] = openDim(input, rest);
  } else if (dims.filter((dim) => dim === null).length === 1) {
    const at = dims.indexOf(null);
    const rest = dims.filter((_, i) => i !== at);
    dims[at] = openDim(input, rest);
  }
  return dims;
}

const reshape: Rule = (view) => {
  const elementType = view.elementType(0);
  const target = view.has(1) ? view.items(1) : intsOf(view.node, 'shape', undefined);
  const rank = view.dims(1)?.[0];
  const allowZero = intOf(view.node, 'allowzero', 0) !== 0;
  if (target !== undefined) {
    const items = view.items(0);
    return [{ elementType, dims: reshapedDims(view.dims(0), target, allowZero), ...(target.length < 2 && { items }) }];
  }
  return [{ elementType, dims: typeof rank === 'number' ? new Array<Dim>(rank).fill(null) : undefined }];
};

const flatten: Rule = (view) => {
  const dims = view.dims(0);
  const axis = intOf(view.node, 'axis', 1);
  const at = dims === undefined ? 0 : axis < 0 ? axis + dims.length : axis;
  const flat = dims === undefined ? [null, null] : [multiplyDims(dims.slice(0, at)), multiplyDims(dims.slice(at))];
  return [{ elementType: view.elementType(0), dims: flat }];
};

const transpose: Rule = (view) => {
  const dims = view.dims(0);
  const perm = intsOf(view.node, 'perm', undefined) ?? dims?.map((_, i, all) => all.length - 1 - i);
  return [{ elementType: view.elementType(0), dims: perm?.map((from) => dims?.[from] ?? null) }];
};

const squeeze: Rule = (view) => {
  const elementType = view.elementType(0);
  const dims = view.dims(0);
  const given = axesGiven(view, 1);
  if (dims === undefined || given === undefined) return [{ elementType }];
  if (given === 'absent' && !isStatic(dims)) return [{ elementType }];
  const axes = given === 'absent' ? undefined : axesOf(given, dims.length);
  const left = dims.filter((dim, i) => (given === 'absent' ? dim !== 1 : !axes?.has(i)));
  return [{ elementType, dims: left, items: view.items(0) }];
};

const unsqueeze: Rule = (view) => {
  const elementType = view.elementType(0);
  const dims = view.dims(0);
  const given = axesGiven(view, 1);
  if (dims === undefined || given === undefined || given === 'absent') return [{ elementType }];
  const rank = dims.length + given.length;
  const axes = axesOf(given, rank);
  if (axes === undefined) return [{ elementType }];
  const rest = [...dims];
  const result = Array.from({ length: rank }, (_, i) => (axes.has(i) ? 1 : (rest.shift() as Dim)));
  return [{ elementType, dims: result, ...(rank < 2 && { items: view.items(0) }) }];
};

const concat: Rule = (view) => {
  const elementType = view.elementType(0);
  const all = view.node.inputs.map((_, i) => view.dims(i));
  const first = all.find((dims) => dims !== undefined);
  const axis = first === undefined ? undefined : axisOf(intOf(view.node, 'axis', 1), first.length);
  if (first === undefined || axis === undefined) return [{ elementType }];
  const agreed = (i: number): Dim => {
    const seen = all.map((dims) => dims?.[i] ?? null);
    return seen.find((dim) => typeof dim === 'number') ?? seen.find((dim) => dim !== null) ?? null;
  };
  const dims = first.map((_, i) => (i === axis ? addDims(all.map((one) => one?.[i] ?? null)) : agreed(i)));
  const items = view.node.inputs.map((_, i) => view.items(i) ?? (lengthOf(all[i]) as Dim[] | undefined));
  if (first.length !== 1 || items.includes(undefined)) return [{ elementType, dims }];
  return [{ elementType, dims, items: (items as Dims[]).flat() }];
};

/** As many unknown values as a vector has; only for short ones. */
function lengthOf(dims: Dims | undefined): Dim[] | undefined {
  const length = dims?.[0];
  return typeof length === 'number' && length <= 16 ? new Array<Dim>(length).fill(null) : undefined;
}

const expand: Rule = (view) => {
  const elementType = view.elementType(0);
  const [dims, target] = [view.dims(0), view.items(1)];
  if (dims === undefined || target === undefined) return [{ elementType }];
  const rank = Math.max(dims.length, target.length);
  const at = (list: Dims, i: number): Dim => (i < rank - list.length ? 1 : (list[i - (rank - list.length)] as Dim));
  const result = Array.from({ length: rank }, (_, i) => {
    const [a, b] = [at(dims, i), at(target, i)];
    if (a === 1) return b;
    return b === 1 || a === b || typeof a === 'number' ? a : typeof b === 'number' ? b : null;
  });
  return [{ elementType, dims: result }];
};

const tile: Rule = (view) => {
  const repeats = view.numbers(1);
  const dims = view.dims(0)?.map((dim, i) => (repeats?.[i] === 1 ? dim : mapDim(dim, (n) => n * (repeats?.[i] ?? 0))));
  return [{ elementType: view.elementType(0), dims: repeats === undefined ? dims?.map(() => null) : dims }];
};

const constantOfShape: Rule = (view) => {
  const value = view.node.attributes.get('value');
  const elementType = value?.kind === 'tensor' ? value.value.type : 'float32';
  const rank = view.dims(0)?.[0];
  const unknown = typeof rank === 'number' ? new Array<Dim>(rank).fill(null) : undefined;
  return [{ elementType, dims: view.items(0) ?? unknown }];
};

const range: Rule = (view) => {
  const [start, limit, delta] = [view.items(0)?.[0], view.items(1)?.[0], view.items(2)?.[0]];
  const elementType = view.elementType(0);
  if (start === 0 && delta === 1 && typeof limit === 'string') return [{ elementType, dims: [limit] }];
  if (typeof start !== 'number' || typeof limit !== 'number' || typeof delta !== 'number' || delta === 0)
    return [{ elementType, dims: [null] }];
  return [{ elementType, dims: [Math.max(Math.ceil((limit - start) / delta), 0)] }];
};

const constant: Rule = (view): readonly Known[] => {
  const value = view.node.attributes.get('value');
  if (value?.kind === 'tensor') return [{ elementType: value.value.type, dims: value.value.dims }];
  for (const [name, attribute] of view.node.attributes) {
    if (name === 'value_float') return [{ elementType: 'float32', dims: [] }];
    if (name === 'value_int') return [{ elementType: 'int64', dims: [] }];
    if (attribute.kind === 'floats') return [{ elementType: 'float32', dims: [attribute.value.length] }];
    if (attribute.kind === 'ints')
      return [{ elementType: 'int64', dims: [attribute.value.length], items: attribute.value.map(Number) }];
  }
  return [{}];
};

export const SHAPE_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Shape', shape],
  ['Size', size],
  ['Reshape', reshape],
  ['Flatten', flatten],
  ['Transpose', transpose],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Concat', concat],
  ['Expand', expand],
  ['Tile', tile],
  ['ConstantOfShape', constantOfShape],
  ['Range', range],
  ['Constant', constant],
]);
