import { quantizeDynamic } from '../dynamic';
import { toFloat16 } from '../float16';
import type { PreparedModel } from '../prepare';
import type { Target } from '../targets';
import type { ImprovedModel } from './improve_float';
import { excludeOf, type Maker } from './maker';
import type { QuantizeOptions } from './quantize_options';

const NOTHING = { sketches: new Map(), samples: 0 } as const;

export function dynamicMaker(
  { model: prepared, changes, smoothed }: ImprovedModel,
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
        // Smoothing gains most of what scales for each row do, and costs nothing when the model runs.
        rowScales: smoothed ? 'none' : 'gated',
      }),
  };
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
