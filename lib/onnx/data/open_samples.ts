// Samples for calibration and evaluation, from whatever a path or a word stands for.
import fs from 'node:fs';
import path from 'node:path';
import { makeError } from '../../errors';
import { fileError, withFile } from '../../files/file_access';
import { checkInteger } from '../../validate';
import { onnxError } from '../errors';
import type { SampleSource } from '../execute';
import type { Feeds, ValueInfo } from '../model';
import { type ArrayFiles, arrayNames, countArrays, readArrays } from './array_source';
import { IMAGE_SUFFIXES, loadSharp, pictureForm, readImages } from './image_source';
import { loadSampleModule, readModule } from './module_source';
import { PREPROCESSINGS, type Preprocessing, type PreprocessingName, preprocessingOf } from './preprocess';
import { randomDims, randomSamples } from './random_source';
import { batchesOf, canBatch, feedsOf, fixedBatch, type RawSample } from './sample_stream';
import { readTokens } from './token_source';

export interface SampleOptions {
  /** Samples in one run at most, where the model leaves the first axis of every input open; default 1. */
  readonly batch?: number | undefined;
  /** Samples at most. */
  readonly limit?: number | undefined;
  /** What is done to the pixels of pictures; required for inputs that are not uint8. */
  readonly preprocess?: PreprocessingName | Preprocessing | undefined;
  /** What token ids are filled up with; default 0. */
  readonly padId?: number | undefined;
  /** Sizes of axes of random data by their name in the model, such as { sequence: 128 }. */
  readonly dims?: Readonly<Record<string, number>> | undefined;
  /** Of random data; default 0. */
  readonly seed?: number | undefined;
  /** Handed to the function of an ES module. */
  readonly signal?: AbortSignal | undefined;
}

/** Samples before they fit the model. */
interface Origin {
  readonly description: string;
  readonly count: number | undefined;
  readonly warning?: string;
  /** True where a raw sample is a whole batch already. */
  readonly batched?: boolean;
  readonly read: () => AsyncIterable<RawSample>;
}

interface Request {
  readonly inputs: readonly ValueInfo[];
  readonly options: SampleOptions;
  readonly batch: number;
  readonly whole: boolean;
}

const FORMS =
  'a folder of <input name>.npy, of .npz files or of pictures, a .npy, .npz or .jsonl file, an ES module, or random:N';

async function arrayOrigin(description: string, shards: readonly ArrayFiles[], { inputs }: Request): Promise<Origin> {
  let count = 0;
  for (const files of shards) count += await countArrays(inputs, files);
  const read = async function* () {
    for (const files of shards) yield* readArrays(inputs, files);
  };
  return { description, count, read };
}

async function imageOrigin(folder: string, files: readonly string[], { inputs, options }: Request): Promise<Origin> {
  const [input] = inputs;
  const bytes = input?.type?.kind === 'tensor' && input.type.elementType === 'uint8';
  if (options.preprocess === undefined && !bytes)
    throw onnxError('ERR_RANGE', `${folder}: what is done to the pixels of its pictures must be said`, {
      hint: `Name a preprocessing: ${Object.keys(PREPROCESSINGS).join(', ')}.`,
    });
  const preprocessing = preprocessingOf(options.preprocess ?? 'raw');
  const form = pictureForm(inputs, preprocessing);
  const open = await loadSharp();
  const read = () => readImages(files, form, preprocessing, open);
  return { description: `pictures of ${folder}`, count: files.length, read };
}

function folderFiles(folder: string): string[] {
  const entries = fs.readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort((a, b) => (a < b ? -1 : 1));
}

async function folderOrigin(folder: string, request: Request): Promise<Origin> {
  const files = folderFiles(folder);
  const inFolder = (suffix: string) =>
    files.filter((file) => path.dirname(file) === path.normalize(folder) && file.endsWith(suffix));
  const arrays = inFolder('.npy');
  const named = request.inputs.map(({ name }) => arrayNames(name).map((one) => path.join(folder, `${one}.npy`)));
  const found = named.map((candidates) => candidates.find((file) => arrays.includes(file)));
  if (found.every((file) => file !== undefined)) return arrayOrigin(folder, [found], request);
  const archives = inFolder('.npz');
  if (archives.length > 0)
    return arrayOrigin(
      folder,
      archives.map((file) => [file]),
      request,
    );
  const images = files.filter((file) => IMAGE_SUFFIXES.has(path.extname(file).toLowerCase()));
  if (images.length > 0 && arrays.length === 0) return imageOrigin(folder, images, request);
  const missing = request.inputs[found.indexOf(undefined)]!.name;
  throw onnxError('ERR_FILE', `${folder}: no file '${arrayNames(missing).at(-1)}.npy' for the input '${missing}'`, {
    tensor: missing,
    hint:
      arrays.length === 0 ? `Expected ${FORMS}.` : `It holds ${arrays.map((file) => path.basename(file)).join(', ')}.`,
  });
}

function randomOrigin(count: number, { inputs, options }: Request): Origin {
  for (const input of inputs) randomDims(input, options.dims);
  return {
    description: `${count} random samples`,
    count,
    warning: 'random data: they say nothing about accuracy',
    read: () => randomSamples(inputs, { count, seed: options.seed, dims: options.dims }),
  };
}

async function fileOrigin(file: string, request: Request): Promise<Origin> {
  const { inputs, options, batch, whole } = request;
  withFile(file, () => undefined); // there, and a file
  const suffix = path.extname(file).toLowerCase();
  if (suffix === '.npz' || suffix === '.npy') {
    if (suffix === '.npy' && inputs.length > 1)
      throw onnxError('ERR_FILE', `${file}: one array, but the model has ${inputs.length} inputs`, {
        hint: 'Give a folder of <input name>.npy, or an .npz file.',
      });
    return arrayOrigin(file, [[file]], request);
  }
  if (suffix === '.jsonl' || suffix === '.ndjson') {
    const read = () =>
      readTokens(file, inputs, {
        padId: options.padId,
        batch,
        whole,
        limit: options.limit ?? Number.POSITIVE_INFINITY,
      });
    return { description: `token ids of ${file}`, count: undefined, batched: true, read };
  }
  if (['.mjs', '.js', '.cjs'].includes(suffix)) {
    const begin = await loadSampleModule(file);
    const read = () => readModule(file, begin, { inputs, signal: options.signal });
    return { description: `samples of ${file}`, count: undefined, read };
  }
  throw fileError(file, `cannot be read as samples, expected ${FORMS}`);
}

function originOf(place: string, request: Request): Promise<Origin> | Origin {
  const random = /^random:(\d+)$/.exec(place);
  if (random !== null) return randomOrigin(checkInteger('random:N', Number(random[1]), 1, 2 ** 31), request);
  if (place.startsWith('random'))
    throw makeError('ERR_RANGE', `random data are asked for as random:N, such as random:32, got '${place}'`);
  if (fs.statSync(place, { throwIfNoEntry: false })?.isDirectory()) return folderOrigin(place, request);
  return fileOrigin(place, request);
}

/** Feeds of the samples in their order, one at a time or in batches. */
async function* feedsFrom(origin: Origin, { inputs, options, batch, whole }: Request): AsyncGenerator<Feeds> {
  const { limit = Number.POSITIVE_INFINITY } = options;
  const single = async function* () {
    let count = 0;
    if (limit === 0) return;
    for await (const raw of origin.read()) {
      yield feedsOf(inputs, raw, count);
      count += origin.batched ? (Object.values(raw.tensors)[0]?.dims[0] ?? 1) : 1;
      if (count >= limit) return;
    }
  };
  if (origin.batched || batch === 1) yield* single();
  else yield* batchesOf(single(), batch, whole);
}

/**
 * Opens samples for a model: a folder of `<input name>.npy`, whose first axis is that of the samples; .npz files with an
 * array for each input; pictures (with the package sharp); a .jsonl file of token ids; an ES module whose default export
 * or `samples` is an async generator; or `random:N`. Values are cast to the types of the inputs, a batch axis that is
 * missing is added, and a model whose batch is fixed gets its samples put together, without what is left at the end.
 * Only headers are read now; later, one sample or batch is in memory at a time.
 * @throws ERR_FILE, ERR_RANGE, ERR_SHAPE naming file, input and sample, with a hint; ERR_UNSUPPORTED without sharp.
 *   While samples are drawn, the same for those that do not fit
 */
export async function openSamples(
  place: string,
  inputs: readonly ValueInfo[],
  options: SampleOptions = {},
): Promise<SampleSource> {
  if (typeof place !== 'string' || place === '') throw makeError('ERR_DTYPE', `expected ${FORMS}`);
  const { limit } = options;
  if (limit !== undefined) checkInteger('limit', limit, 0, 2 ** 31);
  const asked = checkInteger('batch', options.batch ?? 1, 1, 2 ** 20);
  const fixed = fixedBatch(inputs);
  const batch = fixed ?? (canBatch(inputs) ? asked : 1);
  const request = { inputs, options, batch, whole: fixed !== undefined };
  const origin = await originOf(place, request);
  const { description, warning } = origin;
  const count = origin.count === undefined ? undefined : Math.min(origin.count, limit ?? origin.count);
  return { description, warning, count, batch, [Symbol.asyncIterator]: () => feedsFrom(origin, request) };
}
