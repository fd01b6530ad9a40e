// A tensor in a file, read as float32 in pieces of bounded size.
import { fileError } from '../files/file_access';
import { Tensor } from '../tensor';
import { reject, show } from '../validate';
import { ByteReader } from './byte_reader';
import { decodeFloat32, type Encoding, elementBytes } from './elements';
import { reverseAxes } from './reverse_axes';

/** A tensor in a file. */
export interface StoredTensor {
  readonly file: string;
  /** Its name in the file; undefined where the format has none. */
  readonly name: string | undefined;
  readonly dims: readonly number[];
  readonly encoding: Encoding;
  /** True if the first axis varies fastest, as in Fortran. */
  readonly fortranOrder: boolean;
  /** Its bytes from the first to the last. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

/** A box of a tensor. */
export interface Piece {
  /** In row-major order; of the same rank as the whole. */
  readonly tensor: Tensor<'float32'>;
  /** Index along the first axis, that of the samples, of the piece's first value. */
  readonly firstSample: number;
}

/** What a piece holds at most, where its axis lets it: 4 MiB of float32. */
const PIECE_VALUES = 2 ** 20;

const product = (dims: readonly number[]): number => dims.reduce((result, dim) => result * dim, 1);

/** Boxes in the order of a file: of `rows` indices of the axis `split`, all of the axes after it, one of those before. */
interface Plan {
  readonly dims: readonly number[];
  readonly split: number;
  readonly rows: number;
}

/** Cuts along the outermost axis that gives small enough pieces, and never along `whole` or an axis inside it. */
function planOf(dims: readonly number[], whole: number | undefined, most: number): Plan {
  const innermost = whole === undefined ? dims.length - 1 : whole - 1;
  if (innermost < 0) return { dims: [1, ...dims], split: 0, rows: 1 };
  let split = 0;
  while (split < innermost && product(dims.slice(split + 1)) > most) split++;
  return { dims, split, rows: Math.max(1, Math.floor(most / Math.max(1, product(dims.slice(split + 1))))) };
}

/** Start and length of each piece along the split axis, once for each index of the axes before it. */
function* boxesOf({ dims, split, rows }: Plan): Generator<{ outer: number; start: number; length: number }> {
  const outers = product(dims.slice(0, split));
  const total = dims[split]!;
  if (dims.includes(0)) return;
  for (let outer = 0; outer < outers; outer++)
    for (let start = 0; start < total; start += rows) yield { outer, start, length: Math.min(rows, total - start) };
}

/**
 * The pieces of a tensor, in the order of the file. A piece holds all indices of `axis`, if one is given, and of those that
 * the file stores inside it; what is left is cut to at most `most` values.
 * @param axis from -rank to rank - 1
 * @throws ERR_RANGE for another axis; ERR_FILE if the file ends before or after its tensor, or a piece needs too much memory
 */
export async function* piecesOf(
  stored: StoredTensor,
  { axis, most = PIECE_VALUES }: { axis?: number | undefined; most?: number } = {},
): AsyncGenerator<Piece, void, undefined> {
  const { dims, fortranOrder } = stored;
  const rank = dims.length;
  if (axis !== undefined && !(Number.isInteger(axis) && axis >= -rank && axis < rank))
    reject('axis', `an axis from ${-rank} to ${rank - 1} of ${nameOf(stored)} [${dims.join(', ')}]`, axis, 'ERR_RANGE');
  const logical = axis === undefined ? undefined : (axis + rank) % rank;
  const whole = logical === undefined || !fortranOrder ? logical : rank - 1 - logical;
  const plan = planOf(fortranOrder ? dims.toReversed() : dims, whole, most);
  const reader = new ByteReader(stored.bytes());
  try {
    for (const box of boxesOf(plan)) yield await readPiece(stored, reader, plan, box);
    if (!(await reader.atEnd())) throw fileError(stored.file, `${nameOf(stored)} has more bytes than its dims promise`);
  } finally {
    await reader.close();
  }
}

/** How messages call a tensor of a file. */
export function nameOf({ name }: StoredTensor): string {
  return name === undefined ? 'its tensor' : `tensor ${show(name)}`;
}

async function readPiece(
  stored: StoredTensor,
  reader: ByteReader,
  { dims, split }: Plan,
  { outer, start, length }: { outer: number; start: number; length: number },
): Promise<Piece> {
  const inner = dims.slice(split + 1);
  const bytes = allocate(stored, length * product(inner) * elementBytes(stored.encoding.type));
  const got = await reader.read(bytes);
  if (got < bytes.length) throw fileError(stored.file, `truncated: ${nameOf(stored)} ends before its dims do`);
  const values = decodeFloat32(bytes, stored.encoding);
  // Axes before the split have one index; a plan of the whole has an axis more than the tensor.
  const box = [...dims.slice(0, split).fill(1), length, ...inner].slice(dims.length - stored.dims.length);
  if (stored.fortranOrder)
    return { tensor: reverseAxes(values, box), firstSample: split === dims.length - 1 ? start : 0 };
  const outers = product(dims.slice(1, split));
  const firstSample = split === 0 ? start : Math.floor(outer / outers);
  return { tensor: new Tensor('float32', values, box), firstSample };
}

function allocate(stored: StoredTensor, bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw fileError(stored.file, `not enough memory for ${bytes} bytes of ${nameOf(stored)}`, cause);
  }
}
