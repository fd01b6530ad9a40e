// Files of plain tensors, told apart by their first bytes; fvecs, which have none of their own, by their names.
import { closeFile, fileError, type OpenFile, openFile, readExactly } from '../files/file_access';
import { checkInteger, checkScale } from '../validate';
import { NPY_MAGIC } from './npy_header';
import { isFvecs, openFvecs } from './open_fvecs';
import { openIdx } from './open_idx';
import { openNpy } from './open_npy';
import { openNpz } from './open_npz';
import { openRaw } from './open_raw';
import { openSafetensors } from './open_safetensors';
import type { StoredTensor } from './stored_tensor';

export interface DataFileOptions {
  /** Integers are multiplied with it: float32, above 0. Default 1. */
  readonly scale?: number | undefined;
  /** The shape of one sample: the file then is bare float32 values, whatever it begins with. */
  readonly shape?: readonly number[] | undefined;
}

const startsWith = (head: Uint8Array, magic: readonly number[] | Uint8Array): boolean =>
  head.length >= magic.length && magic.every((byte, i) => head[i] === byte);

/** A zip archive begins with an entry, or with its end where it has none. */
const ZIP = [
  [0x50, 0x4b, 3, 4],
  [0x50, 0x4b, 5, 6],
];
const GZIP = [0x1f, 0x8b];
/** The element code follows. */
const IDX = [0, 0];
/** Headers are shorter than 2^32 bytes, and the ninth byte opens their JSON. */
const isSafetensors = (head: Uint8Array): boolean =>
  head[8] === 0x7b && head.subarray(4, 8).every((byte) => byte === 0);

async function openTensors(file: OpenFile, scale: number): Promise<StoredTensor[]> {
  if (isFvecs(file.path)) return [openFvecs(file)];
  const head = new Uint8Array(Math.min(9, file.bytes));
  readExactly(file, head, 0);
  if (head.length === 0) throw fileError(file.path, 'empty: it holds no data');
  if (startsWith(head, NPY_MAGIC)) return [await openNpy(file, scale)];
  if (ZIP.some((magic) => startsWith(head, magic))) return openNpz(file, scale);
  if (isSafetensors(head)) return openSafetensors(file, scale);
  if (startsWith(head, GZIP)) return [await openIdx(file, true, scale)];
  if (startsWith(head, IDX)) return [await openIdx(file, false, scale)];
  throw fileError(
    file.path,
    'not NPY, NPZ, safetensors, IDX or .fvecs; for raw float32 values, give the shape of one sample',
  );
}

/** An open file of plain tensors. */
export interface DataFile {
  readonly tensors: readonly StoredTensor[];
  close(): void;
}

/**
 * Opens a file of plain tensors: NPY, NPZ, safetensors, IDX (gzipped or not), .fvecs, or raw float32. Only headers are read. Who
 * opens closes.
 * @throws ERR_RANGE or ERR_DTYPE for options that make no sense; ERR_FILE, naming the file and the fault, for files that
 *   cannot be read, are broken, or hold other elements than numbers of 8 to 64 bits
 */
export async function openDataFile(path: string, options: DataFileOptions = {}): Promise<DataFile> {
  const scale = checkScale('scale', options.scale ?? 1);
  const shape = options.shape?.map((dim, i) => checkInteger(`shape[${i}]`, dim, 1, 2 ** 31));
  const file = openFile(path);
  try {
    const tensors = shape === undefined ? await openTensors(file, scale) : [openRaw(file, shape)];
    return { tensors, close: () => closeFile(file) };
  } catch (error) {
    closeFile(file);
    throw error;
  }
}

/** Opens a file as openDataFile does, hands its tensors to `use`, closes it. */
export async function withDataFile<Result>(
  path: string,
  options: DataFileOptions,
  use: (tensors: readonly StoredTensor[]) => Promise<Result>,
): Promise<Result> {
  const file = await openDataFile(path, options);
  try {
    return await use(file.tensors);
  } finally {
    file.close();
  }
}
