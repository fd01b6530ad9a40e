// Weights alone in 8 or 4 bits, with learned rounding and the rest in float16 on request.
import { learnRounding } from '../accuracy';
import type { LayerDecision, QuantizedModel } from '../decisions';
import { toFloat16 } from '../float16';
import type { PreparedModel } from '../prepare';
import type { Selection } from '../selection';
import { quantizeWeights, type WeightOnlyOptions } from '../weight_only';
import { excludeOf, type Maker } from './maker';
import type { StaticContext } from './static_maker';
import { weightChoice } from './weight_moments';

type RoundWeights = WeightOnlyOptions['roundWeights'];

function optionsFor({ target, options }: StaticContext, excluded: ReadonlySet<string>): WeightOnlyOptions {
  const { overrides, weightFormat: type, weightOperators: format, block, symmetric } = options;
  return { target, exclude: excludeOf(options, excluded), overrides, type, format, block, symmetric };
}

/** undefined where nobody asks for it, or there are no samples. */
async function learned(prepared: PreparedModel, context: StaticContext): Promise<RoundWeights> {
  const { source, options, watch } = context;
  if (source === undefined || options.learnedRounding !== true) return undefined;
  const { decisions } = quantizeWeights(prepared.model, optionsFor(context, new Set()));
  return learnRounding(prepared.model, source, decisions, {
    signal: watch.signal,
    executor: { threads: options.threads },
    onProgress: ({ done, total }) => watch.report('correct', done, total),
  });
}

/** Throws what learning the rounding and measuring inputs throw. */
export async function weightMaker(prepared: PreparedModel, context: StaticContext): Promise<Maker> {
  const choice = await weightChoice(prepared.model, context, optionsFor(context, new Set()));
  const { model, method, grams, samples } = choice;
  const roundWeights = await learned(prepared, context);
  const changes = [...prepared.changes, ...choice.changes];
  return {
    prepared: model,
    changes: roundWeights === undefined ? changes : [...changes, 'the rounding of weights is learned'],
    sketches: new Map(),
    samples,
    quantize: async (excluded) => {
      const options = optionsFor(context, excluded);
      const quantized = quantizeWeights(model, { ...options, roundWeights, method, grams });
      return context.options.float16Rest === true ? withFloat16(quantized, options) : quantized;
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
