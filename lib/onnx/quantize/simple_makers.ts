// The modes that need no samples.
import type { LayerDecision, QuantizedModel } from '../decisions';
import { quantizeDynamic } from '../dynamic';
import { toFloat16 } from '../float16';
import type { PreparedModel } from '../prepare';
import type { Selection } from '../selection';
import type { Target } from '../targets';
import { quantizeWeights } from '../weight_only';
import { excludeOf, type Maker } from './maker';
import type { QuantizeOptions } from './quantize_options';

const NOTHING = { sketches: new Map(), samples: 0 } as const;

export function dynamicMaker(
  { model: prepared, changes }: PreparedModel,
  options: QuantizeOptions,
  target: Target,
): Maker {
  const { overrides, perChannel, reduceRange, attention } = options;
  return {
    ...NOTHING,
    prepared,
    changes,
    quantize: async (excluded) =>
      quantizeDynamic(prepared, {
        target,
        exclude: excludeOf(options, excluded),
        overrides,
        perChannel,
        reduceRange,
        attention,
      }),
  };
}

export function weightMaker(
  { model: prepared, changes }: PreparedModel,
  options: QuantizeOptions,
  target: Target,
): Maker {
  const { overrides, weightFormat: type, weightOperators: format, block, symmetric, float16Rest } = options;
  return {
    ...NOTHING,
    prepared,
    changes,
    quantize: async (excluded) => {
      const exclude = excludeOf(options, excluded);
      const quantized = quantizeWeights(prepared, { target, exclude, overrides, type, format, block, symmetric });
      return float16Rest === true ? withFloat16(quantized, { exclude, overrides }) : quantized;
    },
  };
}

/** The rest of the model in float16; layers that the first quantization left in float are float16 too. */
function withFloat16({ model, decisions }: QuantizedModel, selection: Selection): QuantizedModel {
  const { model: converted, decisions: others } = toFloat16(model, selection);
  const forms = new Map(others.map(({ node, form }) => [node, form]));
  const merged = decisions.map((decision): LayerDecision => {
    const isHalf = decision.form === 'float32' && forms.get(decision.node) === 'float16';
    return isHalf ? { ...decision, form: 'float16' } : decision;
  });
  return { model: converted, decisions: merged };
}

export function float16Maker({ model: prepared, changes }: PreparedModel, options: QuantizeOptions): Maker {
  const { overrides } = options;
  return {
    ...NOTHING,
    prepared,
    changes,
    quantize: async (excluded) => toFloat16(prepared, { exclude: excludeOf(options, excluded), overrides }),
  };
}
