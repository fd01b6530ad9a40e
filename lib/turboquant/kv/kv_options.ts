// What a cache of keys and values is made with, checked.
import { checkInteger, checkOptions, isObject, reject } from '../../validate';
import { checkSeed } from '../codec/code_format';

/** Bits of a code: 1 to 8. */
export interface KvBits {
  readonly bits: number;
}

export interface KvCacheOptions {
  /** Attention layers, each with a cache of its own. 1 to 65,536. */
  readonly layers: number;
  /** Heads of keys and values in a layer; several query heads may share one. 1 to 4,096, and kvHeads * headDim at most 2^20. */
  readonly kvHeads: number;
  /** Values of a key or value: a multiple of 8 from 8 to 16,384. */
  readonly headDim: number;
  /** Bits of a key's codes. 4 is nearly lossless; keys want more than values, as their errors pass through softmax. */
  readonly keys: KvBits;
  /** Bits of a value's codes. */
  readonly values: KvBits;
  /** The most recent tokens that stay in float16. Default 64; 0 quantizes every token at once. */
  readonly window?: number;
  /** The first tokens, which stay in float16. Default 4. */
  readonly sinks?: number;
  /**
   * Subtract a mean of the keys, which changes no softmax and saves keys with large biases. `after`: it is taken from all
   * keys that came up to the call of `append` that makes them so many, and then frozen; until then tokens wait in float16.
   * Default { after: 256 }; false for none. `calibrate` gives the mean from other keys, so that no token waits.
   */
  readonly center?: false | { readonly after: number };
  /**
   * Divide each channel of the keys by sqrt(rms(k) / rms(q)), and multiply that of the queries by it. It is frozen with the
   * mean, as soon as there were queries. Default false.
   */
  readonly balance?: boolean;
  /** Of the rotation: an integer from 0 to 2^53 - 1, or a bigint below 2^64. Default 0. */
  readonly seed?: number | bigint;
  /** Tokens for which memory is taken at a time: a multiple of 16 from 16 to 65,536. Default 256. */
  readonly pageTokens?: number;
}

export interface KvConfig {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly keyBits: number;
  readonly valueBits: number;
  readonly window: number;
  readonly sinks: number;
  /** Keys of which the mean is taken; 0 for no mean. */
  readonly centerAfter: number;
  readonly balance: boolean;
  readonly seed: bigint;
  readonly pageTokens: number;
}

export const MOST_KV_TOKENS = 2 ** 31;
const MOST_WIDTH = 2 ** 20;

function multipleOf(unit: number, name: string, value: unknown, most: number): number {
  const number = checkInteger(name, value, unit, most);
  if (number % unit !== 0) reject(name, `a multiple of ${unit}`, value, 'ERR_RANGE');
  return number;
}

function bitsOf(name: string, value: unknown): number {
  if (!isObject(value)) reject(name, '{ bits }', value, 'ERR_DTYPE');
  return checkInteger(`${name}.bits`, value.bits, 1, 8);
}

function centerOf(value: unknown): number {
  if (value === false) return 0;
  if (!isObject(value)) reject('center', 'false or { after }', value, 'ERR_DTYPE');
  return checkInteger('center.after', value.after, 1, MOST_KV_TOKENS);
}

function flagOf(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') reject(name, 'true or false', value, 'ERR_DTYPE');
  return value;
}

/** Throws ERR_DTYPE, ERR_RANGE. */
export function checkKvOptions(given: KvCacheOptions): KvConfig {
  if (given === undefined) reject('options', 'an options object', given, 'ERR_DTYPE');
  const options = checkOptions('options', given);
  const kvHeads = checkInteger('kvHeads', options.kvHeads, 1, 4096);
  const headDim = multipleOf(8, 'headDim', options.headDim, 16384);
  checkInteger('kvHeads * headDim', kvHeads * headDim, 8, MOST_WIDTH);
  const { window = 64, sinks = 4, center = { after: 256 }, balance = false, seed = 0, pageTokens = 256 } = options;
  return {
    layers: checkInteger('layers', options.layers, 1, 65536),
    kvHeads,
    headDim,
    keyBits: bitsOf('keys', options.keys),
    valueBits: bitsOf('values', options.values),
    window: checkInteger('window', window, 0, MOST_KV_TOKENS),
    sinks: checkInteger('sinks', sinks, 0, MOST_KV_TOKENS),
    centerAfter: centerOf(center),
    balance: flagOf('balance', balance),
    seed: checkSeed(seed),
    pageTokens: multipleOf(16, 'pageTokens', pageTokens, 65536),
  };
}
