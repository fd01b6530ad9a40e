// Convolutions and pools.
import { type Dim, type ElementType, intOf, intsOf, stringOf } from '../model';
import { type Dims, mapDim } from './dims';
import type { NodeView, Rule } from './node_view';

interface Window {
  readonly kernel: Dims;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly autoPad: string;
}

function windowOf(view: NodeView, kernel: Dims): Window {
  const { node } = view;
  const ones = kernel.map(() => 1);
  return {
    kernel,
    strides: intsOf(node, 'strides', ones),
    dilations: intsOf(node, 'dilations', ones),
    pads: intsOf(node, 'pads', [...ones, ...ones].fill(0)),
    autoPad: stringOf(node, 'auto_pad', 'NOTSET'),
  };
}

function slidDims(input: Dims, window: Window, roundUp: boolean): Dim[] {
  return input.map((length, i) => {
    const [stride, dilation] = [window.strides[i] ?? 1, window.dilations[i] ?? 1];
    const kernel = window.kernel[i] ?? null;
    if (window.autoPad.startsWith('SAME')) return stride === 1 ? length : mapDim(length, (n) => Math.ceil(n / stride));
    const around = window.autoPad === 'VALID' ? 0 : (window.pads[i] ?? 0) + (window.pads[i + input.length] ?? 0);
    if (typeof kernel !== 'number') return null;
    const extent = (kernel - 1) * dilation + 1;
    if (stride === 1 && around === extent - 1) return length;
    const before = window.autoPad === 'VALID' ? 0 : (window.pads[i] ?? 0);
    return mapDim(length, (n) => {
      const steps = (n + around - extent) / stride;
      const count = (roundUp ? Math.ceil(steps) : Math.floor(steps)) + 1;
      // A window that would begin in the padding behind the input is not taken.
      return roundUp && (count - 1) * stride >= n + before ? count - 1 : count;
    });
  });
}

const conv =
  (weight: number, elementType: (view: NodeView) => ElementType | undefined): Rule =>
  (view) => {
    const [x, w] = [view.dims(0), view.dims(weight)];
    if (x === undefined || x.length < 3) return [{ elementType: elementType(view) }];
    const kernel = intsOf(view.node, 'kernel_shape', undefined) ?? w?.slice(2) ?? x.slice(2).map(() => null);
    const spatial = slidDims(x.slice(2), windowOf(view, kernel), false);
    return [{ elementType: elementType(view), dims: [x[0] as Dim, w?.[0] ?? null, ...spatial] }];
  };

const pool: Rule = (view) => {
  const elementType = view.elementType(0);
  const x = view.dims(0);
  const kernel = intsOf(view.node, 'kernel_shape', undefined);
  const last = intOf(view.node, 'channels_last', 0) !== 0;
  if (x === undefined || x.length < 3 || kernel === undefined || last) return [{ elementType }];
  const spatial = slidDims(x.slice(2), windowOf(view, kernel), intOf(view.node, 'ceil_mode', 0) !== 0);
  const dims = [...x.slice(0, 2), ...spatial];
  return [
    { elementType, dims },
    { elementType: 'int64', dims },
  ];
};

const globalPool: Rule = (view) => {
  const elementType = view.elementType(0);
  if (intOf(view.node, 'channels_last', 0) !== 0) return [{ elementType }];
  return [{ elementType, dims: view.dims(0)?.map((dim, i) => (i < 2 ? dim : 1)) }];
};

const convTranspose: Rule = (view) => {
  const elementType = view.elementType(0);
  const [x, w] = [view.dims(0), view.dims(1)];
  if (x === undefined || x.length < 3) return [{ elementType }];
  const groups = intOf(view.node, 'group', 1);
  const channels = mapDim(w?.[1] ?? null, (perGroup) => perGroup * groups);
  const stated = intsOf(view.node, 'output_shape', undefined);
  const kernel = intsOf(view.node, 'kernel_shape', undefined) ?? w?.slice(2) ?? x.slice(2).map(() => null);
  const window = windowOf(view, kernel);
  const extra = intsOf(view.node, 'output_padding', []);
  const spatial = x.slice(2).map((length, i, all): Dim => {
    const [stride, dilation] = [window.strides[i] ?? 1, window.dilations[i] ?? 1];
    const k = kernel[i] ?? null;
    if (stated !== undefined) return stated.at(i - all.length) ?? null;
    if (window.autoPad.startsWith('SAME')) return mapDim(length, (n) => n * stride);
    const around = window.autoPad === 'VALID' ? 0 : (window.pads[i] ?? 0) + (window.pads[i + all.length] ?? 0);
    if (typeof k !== 'number') return null;
    return mapDim(length, (n) => stride * (n - 1) + (extra[i] ?? 0) + (k - 1) * dilation + 1 - around);
  });
  return [{ elementType, dims: [x[0] as Dim, channels, ...spatial] }];
};

const first = (view: NodeView): ElementType | undefined => view.elementType(0);

export const WINDOW_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Conv', conv(1, first)],
  ['com.microsoft:FusedConv', conv(1, first)],
  ['ConvInteger', conv(1, () => 'int32')],
  ['QLinearConv', conv(3, (view) => view.elementType(7))],
  ['ConvTranspose', convTranspose],
  ['MaxPool', pool],
  ['AveragePool', pool],
  ['LpPool', pool],
  ['com.microsoft:QLinearAveragePool', pool],
  ['GlobalAveragePool', globalPool],
  ['GlobalMaxPool', globalPool],
  ['GlobalLpPool', globalPool],
  ['com.microsoft:QLinearGlobalAveragePool', globalPool],
]);
