// Constant matrices of a graph, and how operators use them.
import { floatOf, type GraphIndex, intOf, intsOf, type ModelTensor, type Node } from '../model';

/** A constant matrix as it is stored, and whether its user reads its transpose. */
export interface MatrixUse {
  /** Name of the initializer, or of the Constant node's tensor. */
  readonly name: string;
  readonly tensor: ModelTensor;
  readonly transposed: boolean;
}

/** A product x · W (+ bias) with a constant W, however the operator spells it. */
export interface Product {
  readonly node: Node;
  /** W [k, n], or its transpose if `weight.transposed`. */
  readonly weight: MatrixUse;
  readonly k: number;
  readonly n: number;
  /** Name of the activations, and whether the operator reads their transpose. */
  readonly input: string;
  readonly inputTransposed: boolean;
  /** Gemm's alpha: the product is multiplied by it. */
  readonly alpha: number;
  /** Gemm's third input, multiplied by beta. */
  readonly bias: { readonly name: string; readonly beta: number } | undefined;
}

/** The constant matrix behind a name, through Transpose nodes; undefined if there is none of rank 2. */
export function matrixOf(index: GraphIndex, name: string): MatrixUse | undefined {
  const tensor = index.constant(name);
  if (tensor !== undefined) return tensor.dims.length === 2 ? { name, tensor, transposed: false } : undefined;
  const node = index.producer(name);
  if (node === undefined || !(node.is('Transpose') || node.is('Identity'))) return undefined;
  const inner = matrixOf(index, node.inputs[0]!);
  if (inner === undefined || node.is('Identity')) return inner;
  const [first] = intsOf(node, 'perm', [1, 0]);
  return first === 1 ? { ...inner, transposed: !inner.transposed } : inner;
}

/** A MatMul or Gemm as a product with a constant matrix; or why it is none, as words for a report. */
export function productOfNode(node: Node, index: GraphIndex): Product | string {
  const [input = '', right = '', bias = ''] = node.inputs;
  const found = matrixOf(index, right);
  if (found === undefined) return whyNoMatrix(node, index);
  if (found.tensor.type !== 'float32') return `the weights are ${found.tensor.type}, not float32`;
  const isGemm = node.is('Gemm');
  const flipped = isGemm && intOf(node, 'transB', 0) !== 0;
  const weight = { ...found, transposed: found.transposed !== flipped };
  const [rows, columns] = found.tensor.dims as [number, number];
  const [k, n] = weight.transposed ? [columns, rows] : [rows, columns];
  if (k === 0 || n === 0) return 'the weights are empty';
  return {
    node,
    weight,
    k,
    n,
    input,
    inputTransposed: isGemm && intOf(node, 'transA', 0) !== 0,
    alpha: isGemm ? floatOf(node, 'alpha', 1) : 1,
    bias: isGemm && bias !== '' ? { name: bias, beta: floatOf(node, 'beta', 1) } : undefined,
  };
}

function whyNoMatrix(node: Node, index: GraphIndex): string {
  const [left = '', right = ''] = node.inputs;
  const constant = index.constant(right);
  if (constant !== undefined) return `the weights have ${constant.dims.length} dimensions, not 2`;
  if (matrixOf(index, left) !== undefined || index.constant(left) !== undefined)
    return 'the constant is the left operand';
  return 'both operands are activations';
}

/** The floats of a matrix as its user sees them, row by row: a copy if they are transposed. */
export function valuesOf({ tensor, transposed }: MatrixUse): Float32Array {
  const values = tensor.floats();
  return transposed ? transposeMatrix(values, tensor.dims[0]!, tensor.dims[1]!) : values;
}

/** [rows, columns] to [columns, rows]. */
export function transposeMatrix<T extends Float32Array | Int8Array | Uint8Array | Int32Array>(
  values: T,
  rows: number,
  columns: number,
): T {
  const result = new (values.constructor as new (length: number) => T)(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column]!;
  return result;
}
