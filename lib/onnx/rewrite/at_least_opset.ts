// The operator set that a rewriting needs.
import { onnxError } from '../errors';
import type { Model } from '../model';

/** A copy to change, of at least that operator set. Throws ERR_UNSUPPORTED for models of older ones. */
export function atLeastOpset(model: Model, version: number): Model {
  if (model.opset < version)
    throw onnxError('ERR_UNSUPPORTED', `the model is of opset ${model.opset}, the quantized one needs ${version}`, {
      hint: `convert the model to opset ${version} first`,
    });
  return model.clone();
}
