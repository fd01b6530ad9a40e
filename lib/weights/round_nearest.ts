// Each weight to its nearest level, as a method.
import { runLater } from './native_calls';
import { nativeParameters } from './native_levels';
import { roundBlocks } from './round_to_nearest';
import { isCodebookScheme, nearestWeights, type WeightMethod } from './weight_method';

/** Rounds each weight to the nearest level, with the scales of the scheme's `clip`: no data, and the quickest. */
export function roundNearest(): WeightMethod {
  return {
    name: 'nearest',
    needsGram: false,
    quantize: ({ matrix, scheme }) => ({ weights: nearestWeights(matrix, scheme) }),
    async quantizeAsync({ matrix, scheme }, watch) {
      if (isCodebookScheme(scheme)) return { weights: nearestWeights(matrix, scheme) };
      const parameters = await runLater(nativeParameters(matrix, scheme), watch);
      return { weights: { ...parameters, values: roundBlocks(matrix, parameters) } };
    },
  };
}
