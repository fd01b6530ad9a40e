// Options as they came from the user: refused where they make no sense, one-shot iterables kept.
import { signalOf } from '../../abort_signal';
import { checkMethod } from '../../calibrate/methods';
import { checkInteger, checkOneOf, checkOptions, isObject, reject } from '../../validate';
import { BLOCK_TYPES, CODEBOOK_TYPES, WEIGHT_METHODS } from '../../weights';
import { onnxError } from '../errors';
import { matcherOf } from '../selection';
import { profileOf } from '../targets';
import type { QuantizeOptions } from './quantize_options';

const CHOICES = {
  mode: ['static', 'dynamic', 'weight-only', 'float16'],
  policy: ['error', 'ignore'],
  weightFormat: [...BLOCK_TYPES, ...CODEBOOK_TYPES],
  weightMethod: WEIGHT_METHODS,
  weightOperators: ['qdq', 'matmulnbits', 'matmulbnb4', 'folded'],
  io: ['float', 'int8', 'uint8'],
  format: ['qdq', 'qoperator'],
  activations: ['int8', 'uint8', 'int16', 'uint16'],
} as const satisfies Partial<Record<keyof QuantizeOptions, readonly string[]>>;

const AMOUNTS = ['maxDrop', 'minSqnr'] as const satisfies readonly (keyof QuantizeOptions)[];

function checkAmount(name: string, value: unknown): void {
  if (typeof value !== 'number') reject(name, 'a number', value, 'ERR_DTYPE');
  if (!(value >= 0 && Number.isFinite(value))) reject(name, 'finite and at least 0', value, 'ERR_RANGE');
}

function checkRange(range: unknown): void {
  const { min, max } = isObject(range) ? range : {};
  if (!(Number.isFinite(min) && Number.isFinite(max) && (min as number) < (max as number)))
    reject('options.inputRange', '{ min, max }, finite, min below max', range, 'ERR_RANGE');
}

const isNumbers = (value: unknown): boolean =>
  typeof value === 'number' || (Array.isArray(value) && value.every((one) => typeof one === 'number'));

/** Options that are objects, functions or of several kinds. */
function checkKinds({ calibration, inputRange, normalize, smoothQuant, onProgress }: QuantizeOptions): void {
  if (calibration !== undefined && typeof calibration !== 'string' && typeof calibration !== 'function')
    reject('options.calibration', 'a path, or a function that yields feeds', calibration, 'ERR_DTYPE');
  if (inputRange !== undefined) checkRange(inputRange);
  if (normalize !== undefined && !(isObject(normalize) && isNumbers(normalize.mean) && isNumbers(normalize.std)))
    reject('options.normalize', 'an object { mean, std } of numbers', normalize, 'ERR_DTYPE');
  const isShare = typeof smoothQuant === 'number' && smoothQuant >= 0 && smoothQuant <= 1;
  if (smoothQuant !== undefined && typeof smoothQuant !== 'boolean' && !isShare)
    reject('options.smoothQuant', 'a boolean, or a number from 0 to 1', smoothQuant, 'ERR_RANGE');
  if (onProgress !== undefined && typeof onProgress !== 'function')
    reject('options.onProgress', 'a function', onProgress, 'ERR_DTYPE');
}

/** What is read more than once. */
function listOf<T>(name: string, items: Iterable<T> | undefined): T[] {
  if (items === undefined) return [];
  if (typeof items === 'string' || typeof Object(items)[Symbol.iterator] !== 'function')
    reject(name, 'a list', items, 'ERR_DTYPE');
  return [...items];
}

function checkWeightMethod({ weightMethod, mode, learnedRounding }: QuantizeOptions): void {
  if (weightMethod === undefined || weightMethod === 'nearest') return;
  if (mode !== 'weight-only')
    reject('options.weightMethod', "absent but in the mode 'weight-only'", weightMethod, 'ERR_RANGE');
  if (learnedRounding === true)
    reject('options.learnedRounding', `absent with the method ${weightMethod}`, learnedRounding, 'ERR_RANGE');
}

function checkTogether({ maxDrop, evaluate, minSqnr, calibration, dataFree, sketches }: QuantizeOptions): void {
  if (maxDrop !== undefined && evaluate === undefined)
    throw onnxError('ERR_RANGE', 'maxDrop needs an evaluation function to measure what is lost', {
      hint: 'Pass evaluate (--eval), or limit the error of the output with minSqnr.',
    });
  if (evaluate !== undefined && typeof evaluate !== 'function') reject('evaluate', 'a function', evaluate, 'ERR_DTYPE');
  if (minSqnr !== undefined && calibration === undefined)
    throw onnxError('ERR_NO_CALIBRATION_DATA', 'minSqnr needs samples to measure the error of the output with', {
      hint: 'Pass samples: calibration (--calib).',
    });
  if (sketches !== undefined && !(sketches instanceof Map))
    reject('sketches', 'a Map of Sketch by tensor', sketches, 'ERR_DTYPE');
  if ((calibration !== undefined || sketches !== undefined) && dataFree === true)
    reject('dataFree', 'absent where there are samples', dataFree, 'ERR_RANGE');
}

/** Throws ERR_DTYPE, ERR_RANGE or ERR_NO_CALIBRATION_DATA for options that are none, or do not fit together. */
export function checkQuantizeOptions(options: QuantizeOptions | undefined): QuantizeOptions {
  const given = checkOptions('options', options);
  for (const [name, allowed] of Object.entries(CHOICES)) {
    const value = given[name as keyof typeof CHOICES];
    if (value !== undefined) checkOneOf(`options.${name}`, value, allowed);
  }
  for (const name of AMOUNTS) if (given[name] !== undefined) checkAmount(`options.${name}`, given[name]);
  if (given.target !== undefined) profileOf(given.target);
  if (given.method !== undefined) checkMethod('options.method', given.method);
  if (given.samples !== undefined) checkInteger('options.samples', given.samples, 1, 2 ** 31 - 1);
  if (given.block !== undefined) checkInteger('options.block', given.block, 16, 256);
  signalOf(given);
  checkKinds(given);
  checkWeightMethod(given);
  checkTogether(given);
  const exclude = listOf('options.exclude', given.exclude);
  const overrides = listOf('options.overrides', given.overrides);
  for (const pattern of exclude) matcherOf(pattern);
  for (const override of overrides) {
    if (!isObject(override)) reject('options.overrides', 'a list of { match, ... }', override, 'ERR_DTYPE');
    matcherOf(override.match);
  }
  return { ...given, exclude, overrides };
}
