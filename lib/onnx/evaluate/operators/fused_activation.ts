// The activation that com.microsoft's fused operators name in an attribute.
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { sigmoid } from './activations';
import { each } from './broadcast';

/** `activation` with its parameters, as FusedConv and FusedGemm have them. */
export function fusedActivation(call: Call, value: TensorValue): TensorValue {
  const params = floatsAttribute(call);
  const name = call.string('activation', '');
  switch (name) {
    case '':
      return value;
    case 'Relu':
      return each(value, (x) => Math.max(x, 0));
    case 'Sigmoid':
      return each(value, sigmoid);
    case 'Tanh':
      return each(value, Math.tanh);
    case 'LeakyRelu': {
      const alpha = params[0] ?? call.float('activation_alpha', 0.01);
      return each(value, (x) => (x < 0 ? alpha * x : x));
    }
    case 'Clip':
      return each(value, (x) =>
        Math.min(Math.max(x, params[0] ?? Number.NEGATIVE_INFINITY), params[1] ?? Number.POSITIVE_INFINITY),
      );
    case 'HardSigmoid':
      return each(value, (x) => Math.max(0, Math.min(1, (params[0] ?? 0.2) * x + (params[1] ?? 0.5))));
    default:
      return call.fail(`the fused activation '${name}' is not known`, 'ERR_UNSUPPORTED');
  }
}

function floatsAttribute(call: Call): readonly number[] {
  const found = call.node.attributes.get('activation_params');
  return found?.kind === 'floats' ? found.value : [];
}
