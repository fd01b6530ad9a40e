// Labelled data from IDX files, kept as it was stored and scaled to float32 when rows are taken.

import { fileError } from '../files/file_access';
import { type IdxArray, type IdxData, readIdx } from '../idx';

/** Rows of features and the class of each. */
export interface Dataset {
  /** [count, width], row-major, not yet scaled. */
  readonly data: IdxData;
  /** What the data are multiplied with to become features. */
  readonly scale: number;
  /** [count], 0 and up. */
  readonly labels: Int32Array;
  readonly count: number;
  readonly width: number;
  /** Where they come from, for messages and reports. */
  readonly source: string;
}

/** The scale of features that no model prescribes: bytes become 0 to 1, all else stays as it is. */
export const BYTE_SCALE = 1 / 255;

function checkImages(file: string, { dims, data }: IdxArray): { count: number; width: number } {
  const [count = 0, ...rest] = dims;
  if (rest.length === 0) throw fileError(file, 'it has one dimension, as labels have; expected images');
  const width = rest.reduce((product, dim) => product * dim, 1);
  if (count === 0 || width === 0) throw fileError(file, `it holds no values: its dimensions are ${dims.join(' x ')}`);
  const bad = data.findIndex((value) => !Number.isFinite(Math.fround(value)));
  if (bad >= 0)
    throw fileError(file, `image ${Math.floor(bad / width)} has a value that is not a finite float32 number`);
  return { count, width };
}

function checkLabels(file: string, { dims, data, type }: IdxArray): Int32Array {
  if (dims.length !== 1) throw fileError(file, `it has ${dims.length} dimensions, as images have; expected labels`);
  if (type === 'float32' || type === 'float64') throw fileError(file, `its labels are ${type}, expected integers`);
  const labels = Int32Array.from(data);
  const negative = labels.find((label) => label < 0);
  if (negative !== undefined) throw fileError(file, `it holds the label ${negative}; labels start at 0`);
  return labels;
}

/**
 * Loads images [count, ...] and labels [count] from IDX files.
 * @param inputScale what integer features are multiplied with; by default 1/255 for uint8, else 1. Floats stay as they are.
 * @throws ERR_FILE, naming the file, if one cannot be read, holds no values or values that are not finite, if the labels
 *   are not integers from 0 up, or if there are not as many as images
 */
export function loadDataset(files: { images: string; labels: string }, inputScale?: number): Dataset {
  const images = readIdx(files.images);
  const labels = checkLabels(files.labels, readIdx(files.labels));
  const { count, width } = checkImages(files.images, images);
  if (labels.length !== count)
    throw fileError(files.labels, `it holds ${labels.length} labels, ${files.images} holds ${count} images`);
  const isFloat = images.type === 'float32' || images.type === 'float64';
  const scale = isFloat ? 1 : (inputScale ?? (images.type === 'uint8' ? BYTE_SCALE : 1));
  return { data: images.data, scale, labels, count, width, source: files.images };
}

/** The rows [begin, end) of a data set, as a view. */
export function sliceDataset(dataset: Dataset, begin: number, end: number): Dataset {
  const { data, labels, width } = dataset;
  const rows = data.subarray(begin * width, end * width);
  return { ...dataset, data: rows, labels: labels.subarray(begin, end), count: end - begin };
}

/** Features of the given rows: float32 [rows.length, width]. */
export function takeRows(dataset: Dataset, rows: ArrayLike<number>): Float32Array {
  const { data, width, scale } = dataset;
  const features = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const start = (rows[i] ?? 0) * width;
    for (let j = 0; j < width; j++) features[i * width + j] = (data[start + j] ?? 0) * scale;
  }
  return features;
}
