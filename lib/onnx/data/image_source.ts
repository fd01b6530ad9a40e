// Samples in a folder of pictures. sharp, an optional peer, decodes and scales them.
import path from 'node:path';
import { makeError } from '../../errors';
import { onnxError } from '../errors';
import type { ValueInfo } from '../model';
import { dimsOf } from './fit_dims';
import { type Preprocessing, valuesOfPixels } from './preprocess';
import type { RawSample } from './sample_stream';

export const IMAGE_SUFFIXES: ReadonlySet<string> = new Set(
  ['jpg', 'jpeg', 'png', 'webp', 'gif', 'tif', 'tiff', 'avif', 'bmp'].map((suffix) => `.${suffix}`),
);

interface Sharp {
  rotate(): Sharp;
  resize(options: { width: number; height: number; fit: 'cover' }): Sharp;
  extract(box: { left: number; top: number; width: number; height: number }): Sharp;
  removeAlpha(): Sharp;
  toColourspace(space: 'srgb' | 'b-w'): Sharp;
  raw(): Sharp;
  toBuffer(options: { resolveWithObject: true }): Promise<{ data: Uint8Array; info: { channels: number } }>;
}

type Open = (file: string) => Sharp;
type Load = () => Promise<unknown>;

/** Throws ERR_UNSUPPORTED, saying what to install, where sharp is absent or cannot be loaded. */
export async function loadSharp(load: Load = () => import('sharp' as string)): Promise<Open> {
  try {
    return ((await load()) as { default: Open }).default;
  } catch (cause) {
    throw onnxError('ERR_UNSUPPORTED', 'pictures need the package sharp, which is not installed or cannot be loaded', {
      hint: 'Install it with: npm install sharp',
      cause,
    });
  }
}

/** What the model takes: its one input of rank 4, by its shape. */
export interface PictureForm {
  readonly input: string;
  readonly layout: 'nchw' | 'nhwc';
  readonly channels: 1 | 3;
  readonly width: number;
  readonly height: number;
}

const DEFAULT_SIZE = 224;

/** Throws ERR_SHAPE for a model that does not take one picture of 1 or 3 channels. */
export function pictureForm(inputs: readonly ValueInfo[], preprocessing: Preprocessing): PictureForm {
  const [input] = inputs;
  const dims = input === undefined ? undefined : dimsOf(input);
  if (input === undefined || inputs.length !== 1 || dims?.length !== 4)
    throw makeError('ERR_SHAPE', 'pictures can be fed to a model of one input with four axes only');
  const isChannels = (dim: unknown) => dim === 1 || dim === 3;
  const layout = preprocessing.layout ?? (isChannels(dims[1]) || !isChannels(dims[3]) ? 'nchw' : 'nhwc');
  const [channels, height, width] = layout === 'nchw' ? [dims[1], dims[2], dims[3]] : [dims[3], dims[1], dims[2]];
  if (typeof channels === 'number' && !isChannels(channels))
    throw makeError('ERR_SHAPE', `input '${input.name}' takes ${channels} channels, pictures have 1 or 3`);
  const { size = DEFAULT_SIZE } = preprocessing;
  const [givenWidth, givenHeight] = typeof size === 'number' ? [size, size] : size;
  return {
    input: input.name,
    layout,
    channels: channels === 1 ? 1 : 3,
    width: typeof width === 'number' ? width : givenWidth,
    height: typeof height === 'number' ? height : givenHeight,
  };
}

async function pixelsOf(open: Open, file: string, form: PictureForm, crop: number): Promise<Uint8Array> {
  const { width, height, channels } = form;
  const [wide, high] = [Math.round(width / crop), Math.round(height / crop)];
  const box = { left: (wide - width) >> 1, top: (high - height) >> 1, width, height };
  const { data, info } = await open(file)
    .rotate()
    .removeAlpha()
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .resize({ width: wide, height: high, fit: 'cover' })
    .extract(box)
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw makeError('ERR_FILE', `${file}: cannot be read as a picture: ${(cause as Error).message}`, { cause });
    });
  if (info.channels !== channels)
    throw makeError('ERR_FILE', `${file}: has ${info.channels} channels, the model takes ${channels}`);
  return data;
}

/** The pictures as samples, in the order of the files. */
export async function* readImages(
  files: readonly string[],
  form: PictureForm,
  preprocessing: Preprocessing,
  open: Open,
): AsyncGenerator<RawSample> {
  const { input, layout, channels, width, height } = form;
  const dims = layout === 'nchw' ? [channels, height, width] : [height, width, channels];
  for (const file of files) {
    const pixels = await pixelsOf(open, file, form, preprocessing.crop ?? 1);
    const data = valuesOfPixels(pixels, channels, layout, preprocessing);
    yield { source: path.basename(file), tensors: { [input]: { type: 'float32', dims, data } } };
  }
}
