// Operators that take parts of tensors, or put something around them: slices, gathers, splits, pads.
import { type Dim, elementTypeOf, intOf, intsOf } from '../model';
import { axisOf, type Dims, mapDim } from './dims';
import type { Known, NodeView, Rule } from './node_view';

/** How many values a slice takes, as ONNX and Python say. */
function sliceLength(length: number, start: number, end: number, step: number): number {
  const clamp = (at: number, low: number, high: number): number =>
    Math.min(Math.max(at < 0 ? at + length : at, low), high);
  const from = step > 0 ? clamp(start, 0, length) : clamp(start, 0, length - 1);
  const to = step > 0 ? clamp(end, 0, length) : clamp(end, -1, length - 1);
  return Math.max(Math.ceil((to - from) / step), 0);
}

interface SliceArguments {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly axes: readonly number[];
  readonly steps: readonly number[];
}

function sliceArguments(view: NodeView): SliceArguments | undefined {
  const byInput = view.opset >= 10;
  const starts = byInput ? view.numbers(1) : intsOf(view.node, 'starts', undefined);
  const ends = byInput ? view.numbers(2) : intsOf(view.node, 'ends', undefined);
  const axes = byInput ? (view.has(3) ? view.numbers(3) : 'absent') : intsOf(view.node, 'axes', 'absent' as const);
  const steps = byInput && view.has(4) ? view.numbers(4) : starts?.map(() => 1);
  if (starts === undefined || ends === undefined || axes === undefined || steps === undefined) return undefined;
  if (steps.includes(0) || ends.length !== starts.length) return undefined;
  return { starts, ends, steps, axes: axes === 'absent' ? starts.map((_, i) => i) : axes };
}

function sliceItems(items: Dims, { starts, ends, steps }: SliceArguments): Dim[] {
  const [start, end, step] = [starts[0] as number, ends[0] as number, steps[0] as number];
  const count = sliceLength(items.length, start, end, step);
  const first = start < 0 ? start + items.length : start;
  const from = Math.min(Math.max(first, 0), step > 0 ? items.length : items.length - 1);
  return Array.from({ length: count }, (_, i) => items[from + i * step] as Dim);
}

/** A slice that is known to take everything keeps even an unknown dimension. Exporters write 10^9 for "to the end". */
const takesAll = (start: number, end: number, step: number): boolean => step === 1 && start === 0 && end >= 1e9;

const slice: Rule = (view) => {
  const elementType = view.elementType(0);
  const dims = view.dims(0);
  const given = sliceArguments(view);
  if (dims === undefined) return [{ elementType }];
  if (given === undefined) return [{ elementType, dims: dims.map(() => null) }];
  const result: Dim[] = [...dims];
  given.axes.forEach((axis, i) => {
    const at = axisOf(axis, dims.length);
    const [start, end, step] = [given.starts[i] as number, given.ends[i] as number, given.steps[i] as number];
    if (at !== undefined && !takesAll(start, end, step))
      result[at] = mapDim(result[at] as Dim, (length) => sliceLength(length, start, end, step));
  });
  const items = view.items(0);
  return [{ elementType, dims: result, items: items && dims.length === 1 ? sliceItems(items, given) : undefined }];
};

const gather: Rule = (view) => {
  const elementType = view.elementType(0);
  const [dims, indices] = [view.dims(0), view.dims(1)];
  const axis = dims === undefined ? undefined : axisOf(intOf(view.node, 'axis', 0), dims.length);
  if (dims === undefined || indices === undefined || axis === undefined) return [{ elementType }];
  const result = [...dims.slice(0, axis), ...indices, ...dims.slice(axis + 1)];
  const [items, at] = [view.items(0), view.numbers(1)];
  if (items === undefined || at === undefined || result.length > 1) return [{ elementType, dims: result }];
  return [{ elementType, dims: result, items: at.map((i) => items[i < 0 ? i + items.length : i] ?? null) }];
};

/** onnxruntime's: rows of a table in blocks, uint8 tables holding values of `bits` bits along the last axis. */
const gatherBlockQuantized: Rule = (view) => {
  const [rows, columns] = view.dims(0) ?? [];
  const ids = view.dims(1);
  const packed = view.elementType(0) === 'uint8' ? 8 / (intOf(view.node, 'bits', 4) as number) : 1;
  const plain = intOf(view.node, 'gather_axis', 0) === 0 && view.rank(0) === 2 && rows !== undefined;
  const width = typeof columns === 'number' ? columns * packed : null;
  return [{ elementType: view.elementType(2), dims: plain && ids !== undefined ? [...ids, width] : undefined }];
};

const gatherElements: Rule = (view) => [{ elementType: view.elementType(0), dims: view.dims(1) }];

const gatherNd: Rule = (view) => {
  const [dims, indices] = [view.dims(0), view.dims(1)];
  const batch = intOf(view.node, 'batch_dims', 0);
  const depth = indices?.at(-1);
  const known = dims !== undefined && indices !== undefined && typeof depth === 'number';
  const result = known ? [...indices.slice(0, -1), ...dims.slice(batch + depth)] : undefined;
  return [{ elementType: view.elementType(0), dims: result }];
};

const split: Rule = (view) => {
  const dims = view.dims(0);
  const count = view.node.outputs.length;
  const axis = dims === undefined ? undefined : axisOf(intOf(view.node, 'axis', 0), dims.length);
  const sizes = view.has(1) ? view.numbers(1) : intsOf(view.node, 'split', undefined);
  const even = sizes === undefined && !view.has(1);
  return view.node.outputs.map((_, i): Known => {
    if (dims === undefined || axis === undefined) return { elementType: view.elementType(0) };
    const part = mapDim(dims[axis] as Dim, (length) => {
      const chunk = Math.ceil(length / count);
      return Math.min(chunk, Math.max(length - i * chunk, 0));
    });
    const length = even ? part : (sizes?.[i] ?? null);
    return { elementType: view.elementType(0), dims: dims.map((dim, k) => (k === axis ? length : dim)) };
  });
};

const pad: Rule = (view) => {
  const dims = view.dims(0);
  const pads = view.has(1) ? view.numbers(1) : (intsOf(view.node, 'pads', undefined) ?? undefined);
  const given = view.opset >= 18 && view.has(3) ? view.numbers(3) : dims?.map((_, i) => i);
  const elementType = view.elementType(0);
  if (dims === undefined || pads === undefined || given === undefined)
    return [{ elementType, dims: dims?.map(() => null) }];
  const result: Dim[] = [...dims];
  given.forEach((axis, i) => {
    const at = axisOf(axis, dims.length);
    const grown = (pads[i] ?? 0) + (pads[i + given.length] ?? 0);
    if (at !== undefined && grown !== 0) result[at] = mapDim(result[at] as Dim, (length) => length + grown);
  });
  return [{ elementType, dims: result }];
};

const topK: Rule = (view) => {
  const dims = view.dims(0);
  const axis = dims === undefined ? undefined : axisOf(intOf(view.node, 'axis', -1), dims.length);
  const k = view.has(1) ? (view.numbers(1)?.[0] ?? null) : intOf(view.node, 'k', null);
  const result = axis === undefined ? undefined : dims?.map((dim, i) => (i === axis ? k : dim));
  return [
    { elementType: view.elementType(0), dims: result },
    { elementType: 'int64', dims: result },
  ];
};

const oneHot: Rule = (view) => {
  const indices = view.dims(0);
  const depth = view.numbers(1)?.[0] ?? null;
  if (indices === undefined) return [{ elementType: view.elementType(2) }];
  const axis = axisOf(intOf(view.node, 'axis', -1), indices.length + 1);
  if (axis === undefined) return [{ elementType: view.elementType(2) }];
  return [{ elementType: view.elementType(2), dims: [...indices.slice(0, axis), depth, ...indices.slice(axis)] }];
};

const nonZero: Rule = (view) => [{ elementType: 'int64', dims: [view.rank(0) ?? null, null] }];

const random: Rule = (view) => [
  { elementType: elementTypeOf(intOf(view.node, 'dtype', 1)), dims: intsOf(view.node, 'shape', undefined) },
];

export const SELECTION_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Slice', slice],
  ['Gather', gather],
  ['com.microsoft:GatherBlockQuantized', gatherBlockQuantized],
  ['GatherElements', gatherElements],
  ['GatherND', gatherNd],
  ['Split', split],
  ['Pad', pad],
  ['TopK', topK],
  ['OneHot', oneHot],
  ['NonZero', nonZero],
  ['RandomNormal', random],
  ['RandomUniform', random],
]);
