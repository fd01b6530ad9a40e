// Windows that slide over spatial axes: what convolutions and pools share.
import type { Call } from '../call';

/** One axis. */
export interface Window {
  readonly input: number;
  readonly kernel: number;
  readonly output: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding at the beginning and at the end; negative: taken away. */
  readonly before: number;
  readonly after: number;
}

interface Axis {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
}

const spanOf = ({ kernel, dilation }: Axis): number => (kernel - 1) * dilation + 1;

/** A positive integer for every axis, from an attribute. */
export function perAxis(call: Call, name: string, rank: number, absent = 1): readonly number[] {
  const given = call.ints(name, undefined) ?? new Array<number>(rank).fill(absent);
  if (given.length !== rank || given.some((value) => !(value >= 1 && value <= 2 ** 31)))
    call.fail(`${name} [${given.join(', ')}] must be ${rank} positive integers`);
  return given;
}

export function padsOf(call: Call, rank: number): readonly number[] {
  const pads = call.ints('pads', undefined) ?? new Array<number>(2 * rank).fill(0);
  if (pads.length !== 2 * rank || pads.some((pad) => Math.abs(pad) > 2 ** 31))
    call.fail(`pads [${pads.join(', ')}] must be ${2 * rank} integers`);
  return pads;
}

/**
 * The windows of a kernel on spatial axes by the attributes strides, dilations, pads and auto_pad. `ceil`: a last window may
 * reach beyond the padding, as long as it begins before its end.
 */
export function windowsOf(call: Call, spatial: readonly number[], kernel: readonly number[], ceil = false): Window[] {
  const rank = spatial.length;
  const strides = perAxis(call, 'strides', rank);
  const dilations = perAxis(call, 'dilations', rank);
  const pads = padsOf(call, rank);
  const mode = call.string('auto_pad', 'NOTSET');
  return spatial.map((input, i) => {
    const axis: Axis = { input, kernel: kernel[i]!, stride: strides[i]!, dilation: dilations[i]! };
    if (mode === 'SAME_UPPER' || mode === 'SAME_LOWER') return sameWindow(axis, mode === 'SAME_LOWER');
    if (mode !== 'NOTSET' && mode !== 'VALID' && mode !== '')
      call.fail(`auto_pad '${mode}' is not known`, 'ERR_UNSUPPORTED');
    const [before, after] = mode === 'VALID' ? [0, 0] : [pads[i]!, pads[i + rank]!];
    return paddedWindow(call, axis, [before, after], ceil);
  });
}

function sameWindow(axis: Axis, lower: boolean): Window {
  const output = Math.ceil(axis.input / axis.stride);
  const total = Math.max((output - 1) * axis.stride + spanOf(axis) - axis.input, 0);
  const before = lower ? Math.ceil(total / 2) : Math.floor(total / 2);
  return { ...axis, output, before, after: total - before };
}

function paddedWindow(call: Call, axis: Axis, [before, after]: readonly [number, number], ceil: boolean): Window {
  const room = axis.input + before + after - spanOf(axis);
  let output = (ceil ? Math.ceil(room / axis.stride) : Math.floor(room / axis.stride)) + 1;
  if (ceil && (output - 1) * axis.stride >= axis.input + before) output--;
  if (!(output >= 0))
    call.fail(`a window of ${spanOf(axis)} does not fit into ${axis.input} with pads ${before} and ${after}`);
  return { ...axis, output, before, after };
}

/** For each output position and each tap of the kernel: the input position, or -1 outside. */
export function positionsOf({ input, kernel, output, stride, dilation, before }: Window): Int32Array {
  const positions = new Int32Array(output * kernel);
  for (let o = 0; o < output; o++)
    for (let t = 0; t < kernel; t++) {
      const at = o * stride + t * dilation - before;
      positions[o * kernel + t] = at >= 0 && at < input ? at : -1;
    }
  return positions;
}

/** A window of one axis of length 1: what stands for missing axes. */
export const UNIT: Window = { input: 1, kernel: 1, output: 1, stride: 1, dilation: 1, before: 0, after: 0 };
