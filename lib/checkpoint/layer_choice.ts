// Which tensors of a checkpoint are weights of linear layers.
import { makeError } from '../errors';
import type { TensorInfo } from '../safetensors';
import { matcherOf, type NamePattern } from './name_pattern';

export interface LayerChoice {
  /** Quantize these, out of all matrices of floats. Default: those called *.weight but for embeddings, norms and output heads. */
  readonly include?: readonly NamePattern[] | undefined;
  /** Quantize none of these. */
  readonly exclude?: readonly NamePattern[] | undefined;
}

const FLOATS: readonly string[] = ['F64', 'F32', 'F16', 'BF16'];

/** Modules, by the last part of their names: tables of embeddings, norms, and heads that give logits. */
const NO_LAYER =
  /(^|\.)([^.]*(embed|norm)[^.]*|wte|wpe|shared|relative_attention_bias|ln(_[^.]*)?|lm_head|head|output|score|classifier|logits)\.weight$/i;

/** True for matrices of floats with something in them: what can be quantized. */
export function isMatrix({ dtype, dims }: TensorInfo): boolean {
  return FLOATS.includes(dtype) && dims.length === 2 && !dims.includes(0);
}

const isLayer = (name: string): boolean => /(^|\.)weight$/.test(name) && !NO_LAYER.test(name);

/**
 * The tensors to quantize, in their order.
 * @throws ERR_DTYPE for what is no pattern; ERR_RANGE if there are none
 */
export function chooseLayers(tensors: Iterable<TensorInfo>, { include, exclude = [] }: LayerChoice): TensorInfo[] {
  const [wanted, unwanted] = [
    include === undefined ? isLayer : matcherOf('include', include),
    matcherOf('exclude', exclude),
  ];
  const found = Array.from(tensors).filter((info) => isMatrix(info) && wanted(info.name) && !unwanted(info.name));
  if (found.length > 0) return found;
  const what =
    include === undefined ? 'matrices of floats called *.weight, embeddings and heads aside' : '`include` fits';
  throw makeError('ERR_RANGE', `there is nothing to quantize: no tensor is among the ${what}`.replace('the `', '`'));
}
