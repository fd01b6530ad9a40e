// The names under which transformers.js looks for a model's files.
import path from 'node:path';
import { checkOneOf } from '../../validate';

/** What transformers.js calls `dtype`, and the suffix that it puts behind the model's name. */
const SUFFIXES = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
} as const;

export type TransformersDtype = keyof typeof SUFFIXES;
export const TRANSFORMERS_DTYPES = Object.keys(SUFFIXES) as readonly TransformersDtype[];

/** What a model was made to be. */
export interface ModelKind {
  readonly mode: 'static' | 'dynamic' | 'weight-only' | 'float16';
  /** Of the weights; default: int8. */
  readonly type?: string | undefined;
  /** What is not quantized is float16 too. */
  readonly float16?: boolean | undefined;
}

/**
 * The dtype that loads such a model: q8 for models on integers, by the type of the weights else. Throws ERR_RANGE for kinds
 * that transformers.js has no name for.
 */
export function transformersDtype({ mode, type = 'int8', float16 = false }: ModelKind): TransformersDtype {
  if (mode === 'float16') return 'fp16';
  if (mode !== 'weight-only') return 'q8';
  const weights = checkOneOf('type', type, ['int8', 'uint8', 'int4', 'uint4', 'nf4']);
  if (weights === 'nf4') return 'bnb4';
  if (weights === 'int4' || weights === 'uint4') return float16 ? 'q4f16' : 'q4';
  return weights;
}

/**
 * The file's name with the suffix of a dtype: 'onnx/model.onnx' and q4 give 'onnx/model_q4.onnx'. A suffix that stands there
 * already gives way. Throws ERR_RANGE for a dtype that does not exist.
 */
export function transformersFileName(file: string, dtype: TransformersDtype): string {
  checkOneOf('dtype', dtype, TRANSFORMERS_DTYPES);
  const { dir, name } = path.parse(file);
  const found = Object.values(SUFFIXES).find((suffix) => suffix !== '' && name.endsWith(suffix)) ?? '';
  return path.join(dir, `${name.slice(0, name.length - found.length)}${SUFFIXES[dtype]}.onnx`);
}
