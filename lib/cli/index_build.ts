// The work of `octavo index build`.
import { withDataFile } from '../data_files';
import { isOctavoError, makeError } from '../errors';
import { type IndexBits, type KeptType, type Metric, VectorIndex } from '../turboquant';
import { vectorPieces, vectorsIn } from '../turboquant/vector_index/vector_file';
import { checkNewTarget } from './overwrite';
import { startProgress } from './progress';

export interface BuildFlags {
  readonly output: string;
  readonly bits: IndexBits;
  readonly metric: Metric;
  readonly keep: KeptType;
  readonly seed: number;
  readonly tensor?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The index of a file's vectors. Throws ERR_FILE, ERR_RANGE, which name the file. */
async function indexOf(file: string, flags: BuildFlags): Promise<VectorIndex> {
  const progress = startProgress(!flags.json);
  try {
    return await withDataFile(file, {}, async (tensors) => {
      const stored = vectorsIn(file, tensors, flags.tensor);
      const [count, dim] = stored.dims as [number, number];
      const { bits, metric, keep, seed } = flags;
      const index = new VectorIndex({ dim, bits, metric, keep, seed });
      for await (const { values, first } of vectorPieces(stored)) {
        await index.addAsync(values).catch((error: unknown) => {
          throw isOctavoError(error)
            ? makeError(error.code, `${file}, from vector ${first} on: ${error.message}`)
            : error;
        });
        progress.update('adding vectors', index.size / count);
      }
      return index;
    });
  } finally {
    progress.stop();
  }
}

export async function buildIndex(file: string, flags: BuildFlags): Promise<void> {
  checkNewTarget(flags.output, flags.force);
  if (flags.output === '-') throw makeError('ERR_FILE', '-: an index goes to a file, not to stdout');
  const index = await indexOf(file, flags);
  await index.saveAsync(flags.output);
  const { size, byteLength, form } = index;
  if (flags.json) {
    const { dim, bits, metric, keep, seed } = form;
    const report = { output: flags.output, size, dim, bits, metric, keep, seed: Number(seed), byteLength };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    process.stdout.write(`${flags.output}: ${size} vectors of ${form.dim} values, ${form.bits} bits, ${form.metric}\n`);
  }
}
