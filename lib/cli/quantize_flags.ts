// The options of `octavo quantize` as the library takes them.
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Method } from '../calibrate';
import type { CheckpointFormat } from '../checkpoint';
import { transformersDtype, transformersFileName } from '../onnx/file_names';
import type { InputNormalization } from '../onnx/prepare';
import type { QuantizeOptions } from '../onnx/quantize';
import type { QuantizeMode } from '../onnx/report';
import type { NodePattern, NodeSettings, Override } from '../onnx/selection';
import type { Target } from '../onnx/targets';

export interface QuantizeFlags {
  output?: string;
  mode?: QuantizeMode;
  target?: Target;
  calib?: string;
  sketches?: string[];
  saveSketches?: string;
  method?: Method;
  samples?: number;
  policy?: 'error' | 'ignore';
  dataFree?: boolean;
  inputRange?: QuantizeOptions['inputRange'];
  preprocess?: QuantizeOptions['preprocess'];
  eval?: string;
  maxDrop?: number;
  minSqnr?: number;
  weightFormat?: QuantizeOptions['weightFormat'] | CheckpointFormat;
  weightMethod?: QuantizeOptions['weightMethod'];
  block?: number;
  weightOperators?: QuantizeOptions['weightOperators'];
  float16Rest?: boolean;
  attention?: boolean;
  reduceRange?: boolean;
  io?: QuantizeOptions['io'];
  format?: QuantizeOptions['format'];
  exclude?: NodePattern[];
  override?: Override[];
  perTensor?: boolean;
  symmetric?: boolean;
  activations?: QuantizeOptions['activations'];
  equalize?: boolean;
  biasCorrection?: boolean;
  smoothQuant?: boolean | number;
  learnedRounding?: boolean;
  normalize?: InputNormalization;
  sensitivity?: boolean;
  suffix?: 'octavo' | 'transformers';
  report?: string;
  measure: boolean;
  threads?: number;
  json?: boolean;
  force?: boolean;
  quiet?: boolean;
  dryRun?: boolean;
  include?: NodePattern[];
  shardSize?: number;
  clip?: 'mse' | 'range';
  doubleQuantization?: boolean;
}

/** The flags of an ONNX model. */
export interface OnnxFlags extends QuantizeFlags {
  weightFormat?: QuantizeOptions['weightFormat'];
}

/** `minmax`, `mse`, `entropy`, `auto`, or a percentile such as `99.99`. */
export function parseMethod(text: string): Method {
  if (text === 'minmax' || text === 'mse' || text === 'entropy' || text === 'auto') return text;
  const percentile = Number(text.replace(/^(p|percentile:?)/, ''));
  if (percentile > 50 && percentile <= 100) return { percentile };
  throw new InvalidArgumentError('It must be auto, minmax, mse, entropy, or a percentile such as 99.99.');
}

/** A number of at least 0: points, percent or decibels. */
export function parseAmount(text: string): number {
  const value = Number(text.replace(/\s*(%|dB|points?)$/, ''));
  if (text !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number of at least 0.');
}

/** `0,255`. */
export function parseRange(text: string): { min: number; max: number } {
  const [min, max, ...more] = text.split(',').map(Number);
  if (min === undefined || max === undefined || more.length > 0 || !(min < max))
    throw new InvalidArgumentError('It must be MIN,MAX, such as 0,255.');
  return { min, max };
}

/** A name with * and ?, `op:Type`, or `/regular expression/`. */
export function parsePattern(text: string): NodePattern {
  const expression = /^\/(.+)\/([a-z]*)$/.exec(text);
  if (expression === null) return text;
  try {
    return new RegExp(expression[1] ?? '', expression[2]);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

const SETTINGS: Readonly<Record<string, NodeSettings>> = {
  float: { keep: 'float' },
  int8: { activations: 'int8' },
  uint8: { activations: 'uint8' },
  int16: { activations: 'int16' },
  uint16: { activations: 'uint16' },
  symmetric: { symmetric: true },
  asymmetric: { symmetric: false },
  'per-channel': { perChannel: true },
  'per-tensor': { perChannel: false },
  '7bit': { reduceRange: true },
};

/** `PATTERN=setting,setting`: the settings of the table above, or a method of calibration. */
export function parseOverride(text: string): Override {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be PATTERN=SETTING[,SETTING], such as head/*=int16.');
  const words = text.slice(at + 1).split(',');
  const settings = words.map((word) => SETTINGS[word] ?? { method: parseMethod(word) });
  return Object.assign({ match: parsePattern(text.slice(0, at)) }, ...settings) as Override;
}

const parseNumbers = (text: string): number | number[] => {
  const values = text.split(':').map((one) => {
    const [above, below = '1'] = one.split('/');
    return Number(above) / Number(below);
  });
  if (values.some((value) => !Number.isFinite(value)))
    throw new InvalidArgumentError('It must be numbers: MEAN,STD[,SCALE]; channels apart by colons.');
  return values.length === 1 ? values[0]! : values;
};

/** `0.485:0.456:0.406,0.229:0.224:0.225,1/255`: (x * scale - mean) / std. */
export function parseNormalization(text: string): InputNormalization {
  const [mean, std, scale = 1] = text.split(',').map(parseNumbers);
  if (mean === undefined || std === undefined || typeof scale !== 'number')
    throw new InvalidArgumentError('It must be MEAN,STD[,SCALE], such as 0.5,0.5,1/255.');
  return { mean, std, scale };
}

/** `true` without a value. */
export function parseAlpha(text: string): number {
  const value = Number(text);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be from 0 to 1.');
}

/** Everything but what only the command needs: flags are called as options are, but for a few. */
export function toQuantizeOptions(flags: OnnxFlags): QuantizeOptions {
  const { calib, sketches, saveSketches, override, perTensor, ...same } = flags;
  const { output, eval: evaluation, suffix, report, json, force, quiet, dryRun, ...more } = same;
  const { include, shardSize, clip, doubleQuantization, ...options } = more; // of checkpoints
  const perChannel = perTensor === true ? false : undefined;
  return { ...options, calibration: calib, overrides: override, perChannel };
}

/** The ending of the output's name: `.int8`, `.int4`, `.fp16`. */
function suffixOf(mode: QuantizeMode, { weightFormat = 'int8' }: OnnxFlags): string {
  if (mode === 'float16') return '.fp16';
  return mode === 'weight-only' ? `.${weightFormat}` : '.int8';
}

/** Where the model goes that has no name of its own: beside the float model. */
export function defaultOutput(input: string, mode: QuantizeMode, flags: OnnxFlags): string {
  if (flags.suffix === 'transformers')
    return transformersFileName(
      input,
      transformersDtype({ mode, type: flags.weightFormat, float16: flags.float16Rest }),
    );
  const { dir, name } = path.parse(input);
  return path.join(dir, `${name}${suffixOf(mode, flags)}.onnx`);
}
