// Quantize and dequantize.
import { elementTypeOf, intOf } from '../model';
import type { NodeView, Rule } from './node_view';

const quantize: Rule = (view: NodeView) => {
  const stated = elementTypeOf(intOf(view.node, 'output_dtype', 0));
  return [{ elementType: view.has(2) ? view.elementType(2) : (stated ?? 'uint8'), dims: view.dims(0) }];
};

const dequantize: Rule = (view) => {
  const stated = elementTypeOf(intOf(view.node, 'output_dtype', 0));
  return [{ elementType: stated ?? view.elementType(1), dims: view.dims(0) }];
};

const dynamicQuantize: Rule = (view) => [
  { elementType: 'uint8', dims: view.dims(0) },
  { elementType: 'float32', dims: [] },
  { elementType: 'uint8', dims: [] },
];

export const QUANTIZE_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['QuantizeLinear', quantize],
  ['DequantizeLinear', dequantize],
  ['DynamicQuantizeLinear', dynamicQuantize],
  ['com.microsoft:QuantizeLinear', quantize],
  ['com.microsoft:DequantizeLinear', dequantize],
]);
