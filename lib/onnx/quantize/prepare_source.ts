// From the model as it was read to the one that quantizers take.
import type { Model } from '../model';
import { raiseIfBelow } from '../opset';
import { foldInputNormalization, type PreparedModel, prepare } from '../prepare';
import type { QuantizeMode } from '../report';
import { profileOf, type Target } from '../targets';
import type { QuantizeOptions } from './quantize_options';

const SIXTEEN: ReadonlySet<string> = new Set(['int16', 'uint16']);

/** Blocks and 4-bit types came with it. */
const BLOCK_OPSET = 21;

const isBlocked = ({ weightFormat, block, weightOperators }: QuantizeOptions): boolean =>
  weightOperators !== 'matmulnbits' && (block !== undefined || weightFormat === 'int4' || weightFormat === 'uint4');

/** The least operator set that a mode needs on a target. */
function opsetFor(mode: QuantizeMode, target: Target, options: QuantizeOptions): number {
  const { activations, overrides } = options;
  if (mode === 'weight-only') return isBlocked(options) ? BLOCK_OPSET : 13;
  const profile = profileOf(target);
  const sixteen = [activations, ...[...(overrides ?? [])].map((one) => one.activations)].some(
    (type) => type !== undefined && SIXTEEN.has(type),
  );
  if (mode === 'static') return sixteen ? profile.opset16 : profile.opset;
  return 13;
}

/** Raised, with normalization folded in where that was asked for, prepared. The source stays as it is. */
export function prepareSource(
  source: Model,
  mode: QuantizeMode,
  target: Target,
  options: QuantizeOptions,
): PreparedModel {
  const { normalize } = options;
  const raised = raiseIfBelow(source, opsetFor(mode, target, options));
  return prepare(normalize === undefined ? raised : foldInputNormalization(raised, normalize));
}
