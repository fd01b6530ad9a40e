// From the pixels of a picture to the values that a model takes.
import { makeError } from '../../errors';
import { isObject, show } from '../../validate';

/** What happens to a channel's pixel p, 0 to 255: (p * scale - mean) / deviation. */
export interface Preprocessing {
  /** Default 1: pixels stay 0 to 255. */
  readonly scale?: number | undefined;
  /** Of each channel, or of all; after scaling. Default 0. */
  readonly mean?: number | readonly number[] | undefined;
  /** The standard deviation, likewise. Default 1. */
  readonly deviation?: number | readonly number[] | undefined;
  /** Width and height, or one number for both; default what the model says, else 224. */
  readonly size?: number | readonly [number, number] | undefined;
  /** Default what the model's shape says: channels first where its second axis is 1 or 3. */
  readonly layout?: 'nchw' | 'nhwc' | undefined;
  /** Default 'rgb'. */
  readonly channels?: 'rgb' | 'bgr' | undefined;
  /** The part of the shorter side that a central square keeps, default 1; the rest of the longer side is always cut off. */
  readonly crop?: number | undefined;
}

const IMAGENET_CROP = 224 / 256;

/** Preprocessings by name. */
export const PREPROCESSINGS = {
  /** Pixels as they are, 0 to 255. */
  raw: {},
  /** 0 to 1. */
  unit: { scale: 1 / 255 },
  /** -1 to 1. */
  signed: { scale: 1 / 127.5, mean: 1 },
  /** torchvision's for ImageNet: a central crop of 224/256, mean and deviation of its channels. */
  imagenet: {
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    deviation: [0.229, 0.224, 0.225],
    crop: IMAGENET_CROP,
  },
  /** OpenAI's for CLIP. */
  clip: {
    scale: 1 / 255,
    mean: [0.48145466, 0.4578275, 0.40821073],
    deviation: [0.26862954, 0.26130258, 0.27577711],
  },
} as const satisfies Record<string, Preprocessing>;

export type PreprocessingName = keyof typeof PREPROCESSINGS;

const listOf = (value: number | readonly number[]): readonly number[] => (typeof value === 'number' ? [value] : value);

function checkNumbers(name: string, value: unknown, accepts: (one: number) => boolean): void {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((one) => typeof one === 'number' && Number.isFinite(one) && accepts(one)))
    throw makeError('ERR_RANGE', `preprocessing: ${name} cannot be ${show(value)}`);
}

/** The preprocessing of a name, or as it is given. Throws ERR_RANGE for a name that there is not, and for wrong numbers. */
export function preprocessingOf(given: PreprocessingName | Preprocessing): Preprocessing {
  if (typeof given === 'string') {
    if (Object.hasOwn(PREPROCESSINGS, given)) return PREPROCESSINGS[given];
    const names = Object.keys(PREPROCESSINGS).join(', ');
    throw makeError('ERR_RANGE', `there is no preprocessing ${show(given)}, expected one of ${names}`);
  }
  if (!isObject(given)) throw makeError('ERR_DTYPE', `a preprocessing is a name or an object, got ${show(given)}`);
  const { scale = 1, mean = 0, deviation = 1, crop = 1, size = 1 } = given;
  checkNumbers('scale', scale, (one) => one !== 0);
  checkNumbers('mean', mean, () => true);
  checkNumbers('deviation', deviation, (one) => one !== 0);
  checkNumbers('crop', crop, (one) => one > 0 && one <= 1);
  checkNumbers('size', size, (one) => Number.isInteger(one) && one > 0 && one <= 2 ** 15);
  return given;
}

/**
 * The values of a picture.
 * @param pixels [height, width, channels], 0 to 255, red first
 * @returns [channels, height, width] or [height, width, channels]
 * @throws ERR_SHAPE if there are numbers for other channels than the picture has
 */
export function valuesOfPixels(
  pixels: Uint8Array,
  channels: number,
  layout: 'nchw' | 'nhwc',
  preprocessing: Preprocessing,
): Float32Array {
  const { scale = 1 } = preprocessing;
  const [mean, deviation] = [listOf(preprocessing.mean ?? 0), listOf(preprocessing.deviation ?? 1)];
  for (const list of [mean, deviation])
    if (list.length !== 1 && list.length !== channels)
      throw makeError(
        'ERR_SHAPE',
        `preprocessing has ${list.length} numbers for the ${channels} channels of the model`,
      );
  const area = pixels.length / channels;
  const values = new Float32Array(pixels.length);
  for (let c = 0; c < channels; c++) {
    const from = preprocessing.channels === 'bgr' ? channels - 1 - c : c;
    const [m, d] = [mean[c % mean.length]!, deviation[c % deviation.length]!];
    for (let i = 0; i < area; i++)
      values[layout === 'nchw' ? c * area + i : i * channels + c] = (pixels[i * channels + from]! * scale - m) / d;
  }
  return values;
}
