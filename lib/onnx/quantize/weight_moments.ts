// What methods of weights take from samples, and what AWQ changes in the float model first.
import { awq, type FloatMatrix, type GramMatrix, type WeightMethod, type WeightMethodName } from '../../weights';
import { bestScale } from '../../weights/awq';
import { measureInputs } from '../calibrate';
import { onnxError } from '../errors';
import { GraphIndex, type Model } from '../model';
import { transposeMatrix, valuesOf } from '../rewrite';
import { divideInputs, type InputDivision, type SmoothingGroup } from '../smooth';
import { tensorsToMeasure, type WeightOnlyOptions } from '../weight_only';
import type { StaticContext } from './static_maker';

/** Exponents that AWQ tries for each input. */
const EXPONENTS = 20;

export interface WeightChoice {
  readonly model: Model;
  readonly changes: readonly string[];
  /** For quantizeWeights. */
  readonly method: WeightMethodName | WeightMethod;
  readonly grams: ReadonlyMap<string, GramMatrix>;
  readonly samples: number;
}

/**
 * Measures the inputs of products where the method asks for that.
 * @throws ERR_NO_CALIBRATION_DATA without samples; what measureInputs throws
 */
export async function weightChoice(
  model: Model,
  context: StaticContext,
  options: WeightOnlyOptions,
): Promise<WeightChoice> {
  const { options: asked, source, watch } = context;
  const method = asked.weightMethod ?? 'nearest';
  const changes = method === 'nearest' ? [] : [`weights are chosen by ${method}`];
  if (method === 'nearest' || method === 'hqq') return { model, changes, method, grams: new Map(), samples: 0 };
  if (source === undefined)
    throw onnxError(
      'ERR_NO_CALIBRATION_DATA',
      `the method ${method} needs samples to measure the inputs of layers with`,
      {
        hint: 'Pass samples (--calib), or choose weights without: --weight-method nearest.',
      },
    );
  const { grams, samples } = await measureInputs(model, source, {
    tensors: tensorsToMeasure(new GraphIndex(model.graph), options),
    signal: watch.signal,
    executor: { threads: asked.threads },
    onProgress: ({ samples: done, total }) => watch.report('calibrate', done, total),
  });
  const measured = { model, method, grams, samples, changes: [`${changes[0]} on ${samples} samples`] };
  return method === 'awq' ? scaledInputs(measured, options) : measured;
}

/** The float model with AWQ's scales in it, and what then remains of the method: the search of ranges. */
function scaledInputs(choice: WeightChoice, options: WeightOnlyOptions): WeightChoice {
  const { type = 'int8', block, symmetric = !type.startsWith('u') } = options;
  const { model, divisions } = divideInputs(choice.model, options, (group) => {
    const gram = choice.grams.get(group.tensor);
    if (gram === undefined || gram.rows === 0) return undefined;
    const matrix = joinedRows(group);
    const size = typeof block === 'number' ? block : type.endsWith('8') ? matrix.columns : 32;
    const scheme =
      type === 'nf4' || type === 'fp4'
        ? { type, block: block === undefined ? 64 : size, doubleQuantization: false }
        : ({ type, block: size, symmetric, clip: 'range' } as const);
    return bestScale(matrix, scheme, gram, EXPONENTS).inputScale;
  });
  const grams = new Map(choice.grams);
  for (const { tensor, input, factors } of divisions) grams.set(input, choice.grams.get(tensor)!.divided(factors));
  return {
    ...choice,
    model,
    grams,
    method: awq({ exponents: 1 }),
    changes: [...choice.changes, ...divisions.map(told)],
  };
}

const told = ({ tensor, folded }: InputDivision): string =>
  `'${tensor}' is scaled ${folded ? 'by the weights before it' : 'by a Mul'}`;

/** The weights [outputs, k] of all products that read one tensor, one below the other. */
function joinedRows({ k, products }: SmoothingGroup): FloatMatrix {
  const rows = products.reduce((sum, { n }) => sum + n, 0);
  const data = new Float32Array(rows * k);
  let at = 0;
  for (const { weight, n } of products) {
    data.set(transposeMatrix(valuesOf(weight), k, n), at);
    at += n * k;
  }
  return { data, rows, columns: k };
}
