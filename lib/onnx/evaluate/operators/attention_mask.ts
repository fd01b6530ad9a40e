// What Attention masks: keys after a query's own place, keys that are padding, and what the mask says.
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { decode } from '../numbers';
import { broadcastDims, broadcastStrides, stridesOf } from '../strided';

export interface Scores {
  readonly dims: readonly [batch: number, heads: number, queries: number, keys: number];
  readonly values: Float32Array;
}

/** Adds the mask to scores: -Infinity where a boolean one is false or a key is out of reach. */
export function mask(call: Call, { dims, values }: Scores): void {
  const [batch, , queries, keys] = dims;
  const lengths = call.optionalIntegers(6);
  if (lengths !== undefined && lengths.length !== batch)
    call.fail(`it has ${lengths.length} lengths for a batch of ${batch}`);
  const past = call.has(4) ? call.dims(4)[2]! : 0;
  const causal = call.int('is_causal', 0) === 1;
  const perBatch = values.length / batch;
  for (let i = 0; i < values.length; i++) {
    const [key, query] = [i % keys, Math.floor(i / keys) % queries];
    const length = lengths?.[Math.floor(i / perBatch)];
    // queries are the last ones of what is there
    const reach = query + (call.has(4) || length === undefined ? past : length - queries);
    if ((causal && key > reach) || (length !== undefined && key >= length)) values[i] = Number.NEGATIVE_INFINITY;
  }
  if (call.has(3)) addMask(call, call.input(3), { dims, values });
}

/** A mask over fewer keys than there are masks the others. */
function addMask(call: Call, given: TensorValue, { dims, values }: Scores): void {
  const known = given.dims.at(-1) ?? 1;
  const seen = known === 1 ? dims : dims.with(3, Math.min(known, dims[3]));
  if (broadcastDims(given.dims, seen)?.join() !== seen.join())
    call.fail(`the mask [${given.dims.join(', ')}] does not fit [${dims.join(', ')}]`);
  const [own, all] = [broadcastStrides(given.dims, seen), stridesOf(dims)];
  const bias = decode(given) as Float32Array;
  const truth = given.type === 'bool';
  for (let i = 0; i < values.length; i++) {
    if (i % dims[3] >= seen[3]!) {
      values[i] = Number.NEGATIVE_INFINITY;
      continue;
    }
    let at = 0;
    for (let axis = 0; axis < 4; axis++) at += own[axis]! * (Math.floor(i / all[axis]!) % dims[axis]!);
    if (!truth) values[i]! += bias[at]!;
    else if (bias[at] === 0) values[i] = Number.NEGATIVE_INFINITY;
  }
}
