// MatMul and Gemm on integers: MatMulInteger with the nodes around it that onnxruntime fuses into one kernel,
// DynamicQuantizeMatMul, or MatMulIntegerToFloat where several share the quantized activations.
import { attribute, codeOf, ModelTensor, Node } from '../model';
import type { Product, StoredWeight } from '../rewrite';
import type { QuantizedActivation } from './activations';
import type { DynamicContext } from './context';

const FLOAT = { to: attribute.int(codeOf('float32')) };

/** An operand on the right of a MatMulInteger. */
interface RightOperand {
  readonly values: string;
  readonly scale: string;
  readonly zeroPoint?: string;
}

/** x · W (+ bias): puts integers in the place of the node. Gives the weights as they are stored. */
export function quantizeProduct(product: Product, context: DynamicContext): StoredWeight {
  const { node } = product;
  const { rewriter } = context;
  const weight = storeWeight(product, context);
  const values = operandOf(product, weight, context);
  const activation = context.activations.quantize(product.input, node, product.inputTransposed);
  const [output] = node.outputs as [string];
  if (product.bias === undefined) {
    rewriter.replace(node, integerMatMul(node, activation, { ...weight, values }, context));
    return weight;
  }
  const sum = rewriter.fresh(`${output}_sum`);
  const inner = node.clone();
  inner.outputs = [sum];
  const nodes = integerMatMul(inner, activation, { ...weight, values }, context);
  rewriter.replace(node, [
    ...nodes,
    new Node({ opType: 'Add', inputs: [sum, biasOf(product, context)], outputs: [output] }),
  ]);
  return weight;
}

/** Both operands are activations. */
export function quantizeActivationProduct(node: Node, context: DynamicContext): void {
  const [left = '', right = ''] = node.inputs;
  const a = context.activations.quantize(left, node);
  const b = context.activations.quantize(right, node);
  context.rewriter.replace(node, integerMatMul(node, a, b, context));
}

function integerMatMul(node: Node, a: QuantizedActivation, b: RightOperand, { rewriter }: DynamicContext): Node[] {
  const [output] = node.outputs as [string];
  const [sums, floats, scale] = ['i', 'f', 's'].map((suffix) => rewriter.fresh(`${output}_${suffix}`)) as [
    string,
    string,
    string,
  ];
  const inputs = [a.values, b.values, a.zeroPoint, ...(b.zeroPoint === undefined ? [] : [b.zeroPoint])];
  return [
    new Node({ opType: 'Mul', inputs: [a.scale, b.scale], outputs: [scale] }),
    new Node({ opType: 'MatMulInteger', name: node.name, inputs, outputs: [sums] }),
    new Node({ opType: 'Cast', inputs: [sums], outputs: [floats], attributes: FLOAT }),
    new Node({ opType: 'Mul', inputs: [floats, scale], outputs: [output] }),
  ];
}

/** A column of W has one scale: a row where the transpose is stored. */
function storeWeight({ node, weight, alpha }: Product, context: DynamicContext): StoredWeight {
  const { perChannel, reduceRange } = context.settings(node);
  const axis = perChannel ? (weight.transposed ? 0 : 1) : undefined;
  const flip = weight.transposed && !context.keepsOrder(weight.name);
  return context.weights.store(weight.name, weight.tensor, { axis, reduceRange, factor: alpha, flip });
}

/** W [k, n]: the values as stored, or a Transpose of them where another node needs them as they are. */
function operandOf({ node, weight }: Product, { values }: StoredWeight, context: DynamicContext): string {
  if (!weight.transposed || !context.keepsOrder(weight.name)) return values;
  return context.transposed(values, node);
}

/** Gemm's third input times beta. */
function biasOf({ node, bias }: Product, { rewriter, index }: DynamicContext): string {
  const { name, beta } = bias!;
  if (beta === 1) return name;
  const constant = index.constant(name);
  if (constant?.type !== 'float32') {
    const factor = rewriter.constant(`${name}_beta`, () => ModelTensor.scalar('float32', Float32Array.of(beta)));
    return rewriter.insert(node, 'Mul', [name, factor], { output: `${name}_scaled` });
  }
  const scaled = () =>
    ModelTensor.of(
      'float32',
      constant.dims,
      constant.floats().map((value) => value * beta),
    );
  return rewriter.constant(`${name}_scaled`, scaled, `${name}*${beta}`);
}
