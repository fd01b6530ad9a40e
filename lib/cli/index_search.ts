// The work of `octavo index search`.
import { withDataFile } from '../data_files';
import { VectorIndex } from '../turboquant';
import { vectorPieces, vectorsIn } from '../turboquant/vector_index/vector_file';

export interface SearchFlags {
  readonly k: number;
  readonly rerank?: number;
  readonly tensor?: string;
  readonly json?: boolean;
}

interface Match {
  readonly id: number | string;
  readonly score: number;
}

/** Ids beyond 2^53 - 1 as text. */
const plainId = (id: bigint): number | string => (id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : String(id));

function matchesOf({ ids, scores }: { ids: BigInt64Array; scores: Float32Array }, k: number): Match[][] {
  const matches: Match[][] = [];
  for (let from = 0; from < ids.length; from += k) {
    const one = [...ids.subarray(from, from + k)].map((id, i) => ({ id: plainId(id), score: scores[from + i]! }));
    matches.push(one.filter(({ id }) => id !== -1));
  }
  return matches;
}

const lineOf = (matches: readonly Match[], query: number): string =>
  `${query}: ${matches.map(({ id, score }) => `${id} (${Number(score.toPrecision(6))})`).join('  ')}\n`;

export async function searchIndex(file: string, queries: string, flags: SearchFlags): Promise<void> {
  const index = await VectorIndex.loadAsync(file, { ids: 'bigint', mmap: true });
  const { k, rerank } = flags;
  await withDataFile(queries, {}, async (tensors) => {
    const results: Match[][] = [];
    const stored = vectorsIn(queries, tensors, flags.tensor);
    const dim = stored.dims[1]!;
    for await (const { values, first } of vectorPieces(stored)) {
      const piece = { type: 'float32', dims: [values.length / dim, dim], data: values } as const;
      const found = matchesOf(await index.searchAsync(piece, k, { rerank }), k);
      if (flags.json) results.push(...found);
      else process.stdout.write(found.map((matches, i) => lineOf(matches, first + i)).join(''));
    }
    const { metric, bits } = index.form;
    if (flags.json) process.stdout.write(`${JSON.stringify({ metric, bits, k, results }, null, 2)}\n`);
  });
}
