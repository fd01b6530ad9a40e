// Weights that are quantized already as tables of rows.
import { addon, type RowTableHandle } from '../addon';
import { makeError } from '../errors';
import { isObject, reject } from '../validate';
import {
  codeTable,
  type MethodResult,
  type QuantizeWeightOptions,
  quantizeWeight,
  type StoredWeights,
} from '../weights';
import { isCodebook, isHalf, type LayerWeightFormat, type LayerWeightOptions } from './layer_weights';
import { checkCodebook, floatTensor, halfBitsOf, halfTypeOf } from './packed_floats';
import { checkBlocks } from './packed_weights';

/** A table of rows made of floats, by a format's name or options, or of weights that are quantized already. */
export function packTable(table: unknown, how: LayerWeightFormat | LayerWeightOptions | undefined): RowTableHandle {
  if (isObject(table) && !('dims' in table)) {
    if (how !== undefined) reject('weights', 'absent for a table that is quantized already', how, 'ERR_RANGE');
    return packStoredRows(table as unknown as MethodResult | StoredWeights);
  }
  const half = halfTypeOf(table);
  const given = how === undefined ? (half ?? 'int8') : how;
  const options = typeof given === 'string' ? { format: given } : given;
  if (!isObject(options) || typeof options.format !== 'string')
    reject('weights', "the name of a format, or { format: 'int4', ... }", how, 'ERR_DTYPE');
  const { format } = options;
  if (isHalf(format)) {
    const { bits, n, k } = halfBitsOf('table', half === format ? table : floatTensor('table', table, half), format);
    return addon.packHalfRows(bits, n, k, format === 'bfloat16');
  }
  return packStoredRows(quantizeWeight(floatTensor('table', table, half), options as QuantizeWeightOptions));
}

function packStoredRows(given: MethodResult | StoredWeights): RowTableHandle {
  const { weights, inputScale } = 'weights' in given ? given : { weights: given, inputScale: undefined };
  if (!isObject(weights)) reject('table.weights', 'quantized weights', weights, 'ERR_DTYPE');
  if (inputScale !== undefined)
    throw makeError(
      'ERR_UNSUPPORTED',
      'the rows of a table have no inputs that could be divided: use another method than awq',
    );
  if (isCodebook(weights)) {
    const { type, codes, magnitudes, n, k, group } = checkCodebook('table', weights);
    return addon.packCodebookRows(codes, codeTable(type), magnitudes, n, k, group);
  }
  const { type, values, scale, zeroPoint, n, k, block } = checkBlocks('table', weights);
  const bits = type.endsWith('4') ? 4 : 8;
  const shift = type.startsWith('u') ? 2 ** (bits - 1) : 0;
  const zeros = type === 'uint4' ? zeroPoint.map((zero) => zero - shift) : zeroPoint;
  return addon.packIntegerRows(values, scale, zeros, n, k, block, bits, shift);
}
