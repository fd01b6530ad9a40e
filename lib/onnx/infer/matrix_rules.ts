// Matrix products.
import { type Dim, type ElementType, intOf, stringOf } from '../model';
import { broadcastDims, type Dims } from './dims';
import type { NodeView, Rule } from './node_view';

/** The dims of a product of stacks of matrices, where vectors count as a row or a column that is dropped again. */
export function productDims(a: Dims | undefined, b: Dims | undefined): Dim[] | undefined {
  if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return undefined;
  const batch = broadcastDims([a.slice(0, -2), b.slice(0, -2)]) as Dim[];
  const rows = a.length > 1 ? [a.at(-2) as Dim] : [];
  const columns = b.length > 1 ? [b.at(-1) as Dim] : [];
  return [...batch, ...rows, ...columns];
}

const product =
  (b: number, elementType: (view: NodeView) => ElementType | undefined): Rule =>
  (view) => [{ elementType: elementType(view), dims: productDims(view.dims(0), view.dims(b)) }];

const swapped = (dims: Dims | undefined, swap: boolean): Dims | undefined =>
  swap && dims !== undefined && dims.length > 1 ? [...dims.slice(0, -2), dims.at(-1) as Dim, dims.at(-2) as Dim] : dims;

const gemm =
  (b: number, elementType: (view: NodeView) => ElementType | undefined): Rule =>
  (view) => {
    const left = swapped(view.dims(0), intOf(view.node, 'transA', 0) !== 0);
    const right = swapped(view.dims(b), intOf(view.node, 'transB', 0) !== 0);
    return [{ elementType: elementType(view), dims: [left?.[0] ?? null, right?.[1] ?? null] }];
  };

const fusedMatMul: Rule = (view) => {
  const plain = intOf(view.node, 'transBatchA', 0) === 0 && intOf(view.node, 'transBatchB', 0) === 0;
  const a = swapped(view.dims(0), intOf(view.node, 'transA', 0) !== 0);
  const b = swapped(view.dims(1), intOf(view.node, 'transB', 0) !== 0);
  return [{ elementType: view.elementType(0), dims: plain ? productDims(a, b) : undefined }];
};

const matMulNBits: Rule = (view) => {
  const dims = view.dims(0);
  const n = intOf(view.node, 'N', null);
  return [{ elementType: view.elementType(0), dims: dims === undefined ? undefined : [...dims.slice(0, -1), n] }];
};

/** Equations without an ellipsis. */
const einsum: Rule = (view) => {
  const elementType = view.elementType(0);
  const equation = (stringOf(view.node, 'equation', '') as string).replaceAll(' ', '');
  const [inputs, output] = equation.split('->') as [string, string?];
  if (equation.includes('.')) return [{ elementType }];
  const sizes = new Map<string, Dim>();
  for (const [i, term] of inputs.split(',').entries())
    for (const [k, letter] of [...term].entries())
      sizes.set(letter, sizes.get(letter) ?? (view.rank(i) === term.length ? (view.dims(i)?.[k] ?? null) : null));
  const letters = [...inputs.replaceAll(',', '')];
  const once = [...new Set(letters)].filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort();
  return [
    { elementType, dims: (output === undefined ? once : [...output]).map((letter) => sizes.get(letter) ?? null) },
  ];
};

const recurrent =
  (states: number): Rule =>
  (view) => {
    const elementType = view.elementType(0);
    const batchFirst = intOf(view.node, 'layout', 0) !== 0;
    const [first, second] = view.dims(0) ?? [];
    const [sequence, batch] = batchFirst ? [second ?? null, first ?? null] : [first ?? null, second ?? null];
    const directions = stringOf(view.node, 'direction', 'forward') === 'bidirectional' ? 2 : 1;
    const hidden = intOf(view.node, 'hidden_size', null);
    const place = (dims: readonly Dim[]) => ({ elementType, dims });
    const state = place(batchFirst ? [batch, directions, hidden] : [directions, batch, hidden]);
    const all = place(batchFirst ? [batch, sequence, directions, hidden] : [sequence, directions, batch, hidden]);
    return [all, ...new Array<typeof state>(states).fill(state)];
  };

const first = (view: NodeView): ElementType | undefined => view.elementType(0);
const int32 = (): ElementType => 'int32';
const float32 = (): ElementType => 'float32';

/** The product of the integer operators has the type of its zero point, or is float without one. */
const zeroPointType =
  (input: number) =>
  (view: NodeView): ElementType | undefined =>
    view.has(input) ? view.elementType(input) : 'float32';

export const MATRIX_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['MatMul', product(1, first)],
  ['MatMulInteger', product(1, int32)],
  ['QLinearMatMul', product(3, zeroPointType(7))],
  ['Gemm', gemm(1, first)],
  ['Einsum', einsum],
  ['RNN', recurrent(1)],
  ['GRU', recurrent(1)],
  ['LSTM', recurrent(2)],
  ['com.microsoft:FusedMatMul', fusedMatMul],
  ['com.microsoft:FusedGemm', gemm(1, first)],
  ['com.microsoft:QGemm', gemm(3, zeroPointType(8))],
  ['com.microsoft:MatMulIntegerToFloat', product(1, float32)],
  ['com.microsoft:DynamicQuantizeMatMul', product(1, float32)],
  ['com.microsoft:MatMulBnb4', matMulNBits],
  ['com.microsoft:MatMulNBits', matMulNBits],
]);
