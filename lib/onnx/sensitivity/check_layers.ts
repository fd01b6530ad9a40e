// Lists of layers, as callers give them.
import { onnxError } from '../errors';

/** Throws ERR_RANGE, naming it, for a layer that comes twice. */
export function checkUnique(layers: readonly string[]): void {
  const twice = layers.find((layer, i) => layers.indexOf(layer) !== i);
  if (twice !== undefined) throw onnxError('ERR_RANGE', `layer '${twice}' comes twice`, { node: twice });
}
