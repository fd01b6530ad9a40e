// Which tensors of a model are asked for at once, so that a run's outputs fit into memory.
import { productOf } from '../../tensor/tensor';
import { inferTypes } from '../infer';
import { bitsOf, type Feeds, type Model, type ValueType } from '../model';

/** What the outputs of one run may take. */
export const DEFAULT_RUN_BYTES = 2 ** 29;

function bytesOf(type: ValueType | undefined): number | undefined {
  if (type?.kind !== 'tensor' || type.elementType === undefined || type.elementType === 'string') return undefined;
  if (type.dims === undefined || !type.dims.every((dim) => typeof dim === 'number')) return undefined;
  return (productOf(type.dims as readonly number[]) * bitsOf(type.elementType)) / 8;
}

/**
 * The tensors in their order, cut where their sizes under these feeds sum to more than `most` bytes. A tensor of unknown
 * size counts like the largest known one; one that is larger than `most` is a group of its own.
 */
export function groupTensors(
  model: Model,
  tensors: readonly string[],
  feeds: Feeds,
  most = DEFAULT_RUN_BYTES,
): readonly (readonly string[])[] {
  const types = inferTypes(model, Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims])));
  const sizes = tensors.map((name) => bytesOf(types.get(name)));
  const largest = sizes.reduce<number>((result, size) => Math.max(result, size ?? 0), 0);
  const groups: string[][] = [];
  let left = 0;
  tensors.forEach((name, i) => {
    const size = sizes[i] ?? largest;
    if (groups.length === 0 || size > left) {
      groups.push([]);
      left = most;
    }
    groups.at(-1)!.push(name);
    left -= size;
  });
  return groups;
}
