// Samples in files of arrays: the first axis of each array is that of the samples.
import path from 'node:path';
import { openDataFile, rowsOf, type StoredTensor } from '../../data_files';
import { onnxError } from '../errors';
import type { TensorValue, ValueInfo } from '../model';
import { dimsOf } from './fit_dims';
import { feedsOf, type RawSample } from './sample_stream';

/** Files that together hold the tensors of the same samples: one for each input, or one for all. */
export type ArrayFiles = readonly string[];

/** Names that an input's array may have: its own, or one that can be a file's. */
export const arrayNames = (input: string): readonly string[] => [input, input.replace(/[^\w.-]/g, '_')];

const nameIn = (stored: StoredTensor): string => stored.name ?? path.parse(stored.file).name;

interface Opened {
  readonly arrays: ReadonlyMap<string, StoredTensor>;
  readonly count: number;
  close(): void;
}

/** The array of each input. A single array is that of a single input, whatever its name. */
function assign(
  inputs: readonly ValueInfo[],
  stored: readonly StoredTensor[],
  place: string,
): Map<string, StoredTensor> {
  if (inputs.length === 1 && stored.length === 1) return new Map([[inputs[0]!.name, stored[0]!]]);
  const arrays = new Map<string, StoredTensor>();
  for (const { name } of inputs) {
    const found = stored.find((one) => arrayNames(name).includes(nameIn(one)));
    if (found === undefined)
      throw onnxError('ERR_FILE', `${place}: no array for the input '${name}'`, {
        tensor: name,
        hint: `It holds ${stored.map((one) => `'${nameIn(one)}'`).join(', ') || 'none'}; call the arrays like the inputs.`,
      });
    arrays.set(name, found);
  }
  return arrays;
}

function countOf(arrays: ReadonlyMap<string, StoredTensor>): number {
  let count: number | undefined;
  for (const [tensor, { file, dims }] of arrays) {
    const found = dims[0] ?? 0;
    count ??= found;
    if (found !== count)
      throw onnxError('ERR_FILE', `${file}: ${found} samples for the input '${tensor}', other inputs have ${count}`, {
        tensor,
        hint: 'The first axis of every array is that of the samples.',
      });
  }
  return count ?? 0;
}

async function open(inputs: readonly ValueInfo[], files: ArrayFiles): Promise<Opened> {
  const opened = await Promise.allSettled(files.map((file) => openDataFile(file)));
  const good = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = () => {
    for (const file of good) file.close();
  };
  try {
    const failed = opened.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const place = files.length === 1 ? files[0]! : path.dirname(files[0]!);
    const arrays = assign(
      inputs,
      good.flatMap(({ tensors }) => tensors),
      place,
    );
    return { arrays, count: countOf(arrays), close };
  } catch (error) {
    close();
    throw error;
  }
}

const emptyValue = ({ dims, encoding }: StoredTensor): TensorValue => ({
  type: encoding.type,
  dims: dims.slice(1),
  data: new Uint8Array(0),
});

/** Shapes are checked before the first run: the values of nothing are cast to every type. */
function checkShapes(inputs: readonly ValueInfo[], { arrays }: Opened): void {
  for (const input of inputs) {
    const stored = arrays.get(input.name)!;
    if (stored.dims.length > 0 && dimsOf(input) !== undefined)
      feedsOf([input], { source: stored.file, tensors: { [input.name]: emptyValue(stored) } }, 0);
  }
}

/** How many samples the files hold. Throws ERR_FILE and ERR_RANGE for arrays that are missing or do not fit the inputs. */
export async function countArrays(inputs: readonly ValueInfo[], files: ArrayFiles): Promise<number> {
  const opened = await open(inputs, files);
  try {
    checkShapes(inputs, opened);
    return opened.count;
  } finally {
    opened.close();
  }
}

/** The samples of the files, one after the other; one is in memory at a time. */
export async function* readArrays(inputs: readonly ValueInfo[], files: ArrayFiles): AsyncGenerator<RawSample> {
  const opened = await open(inputs, files);
  const columns = Array.from(opened.arrays, ([input, stored]) => ({ input, stored, rows: rowsOf(stored) }));
  try {
    for (let sample = 0; sample < opened.count; sample++) {
      const tensors: Record<string, TensorValue> = {};
      for (const { input, stored, rows } of columns) {
        const { done, value } = await rows.next();
        if (!done) tensors[input] = { type: stored.encoding.type, dims: stored.dims.slice(1), data: value };
      }
      yield { source: columns.map(({ stored }) => stored.file)[0] ?? '', tensors };
    }
    for (const { rows } of columns) await rows.next(); // nothing may follow
  } finally {
    for (const { rows } of columns) await rows.return();
    opened.close();
  }
}
