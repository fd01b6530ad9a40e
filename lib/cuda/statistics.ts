// Statistics of tensors on a GPU: the input of calibration, without a copy of the data on the host.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon } from '../addon';
import type { Histogram, HistogramOptions } from '../calibrate/histogram';
import { addSketchWords, type Sketch } from '../calibrate/sketch';
import { allocateWords } from '../calibrate/sketch_words';
import { makeError } from '../errors';
import { channelsOf } from '../quantize/channels';
import { allocateOrThrow } from '../tensor/tensor';
import { checkInteger, checkOptions, isObject, reject } from '../validate';
import { checkDeviceTensor } from './arguments';
import { type CudaDevice, deviceHandleOf } from './device';
import { type DeviceTensor, memoryOf } from './device_tensor';

/** Ranges of the finite values, one for each channel: what chooseParams takes. */
export interface DeviceRanges {
  /** +Infinity for a channel without a finite value; a zero is +0. */
  readonly min: Float32Array;
  /** -Infinity for such a channel. */
  readonly max: Float32Array;
  /** How many values of all channels were NaN, and how many infinite. */
  readonly nanCount: number;
  readonly infinityCount: number;
}

export interface DeviceMinMaxOptions extends AsyncOptions {
  /** One channel for each index along this axis, counted from the end when negative; default one for the tensor. */
  readonly axis?: number | undefined;
}

/** See CudaDevice.minMax. */
export async function minMaxOn(
  device: CudaDevice,
  x: DeviceTensor<'float32'>,
  options?: DeviceMinMaxOptions,
): Promise<DeviceRanges> {
  const signal = signalOf(options);
  const { axis } = checkOptions('options', options);
  const input = inputOf(device, x);
  const { count, inner } = channelsOf(
    input.dims,
    axis === undefined ? 'tensor' : { axis: checkInteger('axis', axis, -64, 63) },
  );
  if (count === 0) throw makeError('ERR_SHAPE', 'x has no channels to look at');
  const range = allocateOrThrow('float32', 2 * count, [2 * count]);
  const counts = new Float64Array(2);
  await untilAborted(signal, () => addon.cudaMinMax(input.device, input.memory, input.size, range, counts, inner));
  const bounds = (at: number) => range.filter((_, i) => i % 2 === at);
  return { min: bounds(0), max: bounds(1), nanCount: counts[0]!, infinityCount: counts[1]! };
}

/** See CudaDevice.histogram. */
export async function histogramOn(
  device: CudaDevice,
  x: DeviceTensor<'float32'>,
  options: HistogramOptions & AsyncOptions,
): Promise<Histogram> {
  const signal = signalOf(options);
  const input = inputOf(device, x);
  if (!isObject(options)) reject('options', 'an object { bins, limit }', options, 'ERR_DTYPE');
  const counts = new BigUint64Array(checkInteger('bins', options.bins, 2, 2 ** 20));
  const { limit } = options;
  if (typeof limit !== 'number') reject('limit', 'a number', limit, 'ERR_DTYPE');
  const outside = new BigUint64Array(2);
  await untilAborted(signal, () => addon.cudaHistogram(input.device, input.memory, input.size, counts, outside, limit));
  return { counts, limit, beyondLimit: outside[0]!, nanCount: outside[1]! };
}

/** See CudaDevice.observe. */
export async function observeOn(
  device: CudaDevice,
  sketch: Sketch,
  x: DeviceTensor<'float32'>,
  options?: AsyncOptions,
): Promise<Sketch> {
  const signal = signalOf(options);
  const add = addSketchWords(sketch);
  const input = inputOf(device, x);
  if (sketch.axis !== undefined)
    throw makeError(
      'ERR_UNSUPPORTED',
      'sketch must have one channel for the tensor: a GPU observes no axes; sketch.observe(await x.toHost()) does',
    );
  const words = allocateWords(1, sketch.bins);
  await untilAborted(signal, () => addon.cudaSketch(input.device, input.memory, input.size, words, sketch.bins));
  return add(words);
}

function inputOf(device: CudaDevice, x: DeviceTensor<'float32'>) {
  const handle = deviceHandleOf(device);
  const { dims, size } = checkDeviceTensor('x', x, device, ['float32']);
  return { device: handle, memory: memoryOf(x), dims, size };
}
