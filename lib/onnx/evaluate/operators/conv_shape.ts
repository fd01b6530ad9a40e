// The shape of a convolution, from its inputs and attributes.
import { productOf } from '../../../tensor/tensor';
import type { Call } from '../call';
import { checkSize } from '../numbers';
import { type Patches, patchesOf } from './im2col';
import { windowsOf } from './windows';

export interface ConvShape {
  readonly batch: number;
  /** Input and output channels of one group. */
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly patches: Patches;
  /** Of the output. */
  readonly dims: readonly number[];
}

/** x [n, c, ...], w [m, c / groups, ...]. Throws ERR_SHAPE, naming the node, if they do not fit together. */
export function convShape(call: Call, x: readonly number[], w: readonly number[]): ConvShape {
  const [batch, channels] = x as readonly [number, number];
  const groups = call.int('group', 1);
  const fits =
    x.length >= 3 && w.length === x.length && groups >= 1 && channels === w[1]! * groups && w[0]! % groups === 0;
  if (!fits) call.fail(`x [${x.join(', ')}], w [${w.join(', ')}] and ${groups} groups do not fit together`);
  const kernel = w.slice(2);
  const stated = call.ints('kernel_shape', undefined);
  if (stated !== undefined && stated.join() !== kernel.join())
    call.fail(`kernel_shape [${stated.join(', ')}] is not that of w [${w.join(', ')}]`);
  if (productOf(kernel) === 0) call.fail(`w [${w.join(', ')}] has an empty kernel`);
  const windows = windowsOf(call, x.slice(2), kernel);
  const dims = [batch, w[0]!, ...windows.map(({ output }) => output)];
  checkSize('float32', dims);
  return { batch, inChannels: w[1]!, outChannels: w[0]! / groups, groups, patches: patchesOf(call, windows), dims };
}

/** Groups of so few channels that a product would be mostly packing. */
export const isNarrow = ({ groups, outChannels, inChannels }: ConvShape): boolean =>
  groups > 1 && (outChannels < 4 || inChannels < 2);
