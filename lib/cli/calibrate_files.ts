// Sketches of the tensors in files.
import path from 'node:path';
import type { BadDataPolicy } from '../calibrate';
import { WHOLE } from '../calibrate/layout';
import { checkObserved, scan } from '../calibrate/scan';
import { Sketch } from '../calibrate/sketch';
import { type DataFileOptions, nameOf, type Piece, piecesOf, type StoredTensor, withDataFile } from '../data_files';
import { makeError } from '../errors';
import { fileError } from '../files/file_access';

export interface CalibrateOptions extends DataFileOptions {
  readonly bins?: number | undefined;
  readonly axis?: number | undefined;
  /** What tensors are called whose files have no names; default the file's name without its ending. */
  readonly name?: string | undefined;
  readonly policy: BadDataPolicy;
  readonly onProgress: (file: string, done: number) => void;
}

/** Values of a tensor. */
const sizeOf = ({ dims }: StoredTensor): number => dims.reduce((product, dim) => product * dim, 1);

/** Throws ERR_RANGE, naming file, tensor and sample, for a piece with a NaN or an infinity. */
function checkPiece(stored: StoredTensor, { tensor, firstSample }: Piece): void {
  const { counts } = scan(checkObserved('x', tensor, () => WHOLE, undefined));
  if (counts[0] === 0 && counts[1] === 0) return;
  const place = tensor.data.findIndex((value) => !Number.isFinite(value));
  const sampleValues = tensor.dims.slice(1).reduce((product, dim) => product * dim, 1);
  const sample = firstSample + Math.floor(place / sampleValues);
  const where = stored.dims.length === 0 ? '' : `, sample ${sample}`;
  throw makeError(
    'ERR_RANGE',
    `${stored.file}: ${nameOf(stored)}${where}: ${tensor.data[place]}, expected finite values ` +
      '(--policy ignore leaves such values out and counts them)',
  );
}

async function observe(stored: StoredTensor, sketch: Sketch, options: CalibrateOptions): Promise<void> {
  const [total, fileName] = [sizeOf(stored), path.basename(stored.file)];
  let done = 0;
  for await (const piece of piecesOf(stored, { axis: options.axis })) {
    if (options.policy === 'error') checkPiece(stored, piece);
    await sketch.observeAsync(piece.tensor);
    done += piece.tensor.size;
    options.onProgress(fileName, done / total);
  }
}

/**
 * Observes all tensors of the files, those of one name into one sketch.
 * @throws ERR_FILE for files that are broken or hold no values; ERR_RANGE and ERR_SHAPE for bad data, naming its place
 */
export async function calibrateFiles(
  files: readonly string[],
  options: CalibrateOptions,
): Promise<ReadonlyMap<string, Sketch>> {
  const sketches = new Map<string, Sketch>();
  for (const file of files)
    await withDataFile(file, options, async (tensors) => {
      if (options.policy === 'error' && tensors.every((stored) => sizeOf(stored) === 0))
        throw fileError(file, 'it holds no values');
      for (const stored of tensors) {
        const name = stored.name ?? options.name ?? path.parse(file).name;
        const sketch = sketches.get(name) ?? new Sketch({ bins: options.bins, axis: options.axis });
        sketches.set(name, sketch);
        await observe(stored, sketch, options);
      }
    });
  return sketches;
}
