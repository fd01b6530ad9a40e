// The JSON that bitsandbytes stores beside a weight.
import { makeError } from '../../errors';
import { isObject, show } from '../../validate';
import type { CodebookType } from './code_tables';

/** What the state says of the weight. */
export interface QuantState {
  readonly rows: number;
  readonly columns: number;
  readonly block: number;
  /** undefined: magnitudes are float32. */
  readonly nested: { readonly block: number; readonly offset: number } | undefined;
}

/** Parses and checks a state. Throws ERR_FILE, naming the tensor. */
export function readQuantState(name: string, bytes: Uint8Array, type: CodebookType): QuantState {
  const fail = (what: string) => makeError('ERR_FILE', `tensor ${show(name)} ${what}`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw fail('is not JSON');
  }
  if (!isObject(json)) throw fail('is not a JSON object');
  const { quant_type: found, blocksize, shape, nested_blocksize: nestedBlock, nested_offset: offset } = json;
  if (found !== type) throw fail(`says quant_type ${show(found)}, its name says ${type}`);
  if (!isSize(blocksize) || blocksize % 2 !== 0) throw fail(`has a blocksize that is not even: ${show(blocksize)}`);
  if (!Array.isArray(shape) || shape.length === 0 || !shape.every(isSize))
    throw fail(`has a shape that is not a list of positive integers: ${show(shape)}`);
  const count = (shape as number[]).reduce((product, dim) => product * dim, 1);
  if (count > 2 ** 40) throw fail(`has a shape of too many values: ${show(shape)}`);
  const columns = shape[shape.length - 1] as number;
  const place = { rows: count / columns, columns, block: blocksize };
  if (nestedBlock === undefined) return { ...place, nested: undefined };
  if (!isSize(nestedBlock)) throw fail(`has a nested_blocksize that is no positive integer: ${show(nestedBlock)}`);
  if (typeof offset !== 'number' || !Number.isFinite(Math.fround(offset)))
    throw fail(`has a nested_offset that is no number: ${show(offset)}`);
  return { ...place, nested: { block: nestedBlock, offset: Math.fround(offset) } };
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
