// The modes that need no samples.
import { quantizeDynamic } from '../dynamic';
import { toFloat16 } from '../float16';
import type { Model } from '../model';
import { quantizeWeights } from '../weight_only';
import { excludeOf, type Maker } from './maker';
import type { QuantizeOptions } from './quantize_options';

const NOTHING = { sketches: new Map(), samples: 0, changes: [] } as const;

export function dynamicMaker(prepared: Model, options: QuantizeOptions): Maker {
  const { overrides, perChannel, reduceRange, attention } = options;
  return {
    ...NOTHING,
    prepared,
    quantize: async (excluded) =>
      quantizeDynamic(prepared, {
        exclude: excludeOf(options, excluded),
        overrides,
        perChannel,
        reduceRange,
        attention,
      }),
  };
}

export function weightMaker(prepared: Model, options: QuantizeOptions): Maker {
  const { overrides, weightFormat: type, weightOperators: format, block, symmetric } = options;
  return {
    ...NOTHING,
    prepared,
    quantize: async (excluded) =>
      quantizeWeights(prepared, {
        exclude: excludeOf(options, excluded),
        overrides,
        type,
        format,
        block,
        symmetric,
      }),
  };
}

export function float16Maker(prepared: Model, options: QuantizeOptions): Maker {
  const { overrides } = options;
  return {
    ...NOTHING,
    prepared,
    quantize: async (excluded) => toFloat16(prepared, { exclude: excludeOf(options, excluded), overrides }),
  };
}
