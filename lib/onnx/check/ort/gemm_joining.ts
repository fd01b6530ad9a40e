// MatMul and Add that onnxruntime makes one Gemm of, before it looks for integer kernels.
import { attribute, type Dim, Node, type ValueType } from '../../model';
import { isDq } from './quantization';
import type { WorkingGraph } from './working_graph';

type Types = ReadonlyMap<string, ValueType>;

function dimsOf(graph: WorkingGraph, types: Types, name: string | undefined): readonly Dim[] | undefined {
  const constant = graph.constant(name);
  if (constant?.dims !== undefined) return constant.dims;
  const producer = graph.producer(name);
  if (isDq(producer) && !types.has(name ?? '')) return graph.constant(producer.inputs[0])?.dims;
  const type = types.get(name ?? '');
  return type?.kind === 'tensor' ? type.dims : undefined;
}

const isKnown = (dims: readonly Dim[]): dims is readonly number[] => dims.every((dim) => typeof dim === 'number');

/** A bias that a Gemm takes: [n], or for matrices [1, n]. */
function isBias(bias: readonly Dim[] | undefined, n: Dim | undefined, isMatrix: boolean): boolean {
  if (bias === undefined || n === undefined || n === null) return false;
  if (bias.length === 1) return bias[0] === n;
  return isMatrix && bias.length === 2 && bias[0] === 1 && bias[1] === n;
}

/** The projection behind attention: MatMul(Softmax) → Transpose → Reshape → this. */
function isAttentionOutput(graph: WorkingGraph, name: string | undefined): boolean {
  const reshape = graph.producer(name);
  if (!reshape?.is('Reshape')) return false;
  const transpose = graph.producer(reshape.inputs[0]);
  if (!transpose?.is('Transpose')) return false;
  const matmul = graph.producer(transpose.inputs[0]);
  return matmul?.is('MatMul') === true && graph.producer(matmul.inputs[0])?.is('Softmax') === true;
}

/** MatMul and the Add of a bias behind it become a Gemm, where the left side is a matrix or its dims are all known. */
export function joinMatMulAndAdd(graph: WorkingGraph, types: Types): void {
  for (const matmul of graph.nodes()) {
    if (!matmul.is('MatMul')) continue;
    const add = graph.onlyReader(matmul.outputs[0]);
    if (!add?.is('Add')) continue;
    const a = dimsOf(graph, types, matmul.inputs[0]);
    const b = dimsOf(graph, types, matmul.inputs[1]);
    if (a === undefined || b?.length !== 2) continue;
    const isMatrix = a.length === 2;
    if (!isMatrix && (!isKnown(a) || isAttentionOutput(graph, matmul.inputs[0]))) continue;
    const bias = add.inputs[0] === matmul.outputs[0] ? add.inputs[1] : add.inputs[0];
    if (!isBias(dimsOf(graph, types, bias), b[1], isMatrix)) continue;
    makeGemm(graph, { matmul, add, bias: bias as string, isMatrix });
  }
}

interface Join {
  readonly matmul: Node;
  readonly add: Node;
  readonly bias: string;
  readonly isMatrix: boolean;
}

/** A left side of more than two dims is flattened before the Gemm and unfolded behind it. */
function makeGemm(graph: WorkingGraph, { matmul, add, bias, isMatrix }: Join): void {
  let [left, right] = matmul.inputs as [string, string];
  let [output] = add.outputs as [string];
  if (!isMatrix) {
    const shape = graph.freshName('shape');
    graph.declareConstant(shape, { type: 'int64', dims: [2] });
    const flat = new Node({ opType: 'Reshape', inputs: [left, shape], outputs: [graph.freshName(left)] });
    const back = new Node({ opType: 'Reshape', inputs: [graph.freshName(output), shape], outputs: [output] });
    graph.add(flat, { before: matmul });
    graph.remove(add);
    graph.add(back, { before: matmul });
    [left, output] = [flat.outputs[0] as string, back.inputs[0] as string];
  }
  const attributes = { alpha: attribute.float(1), beta: attribute.float(1) };
  graph.decide(add, { outcome: 'folded', into: graph.origin(matmul) });
  graph.replace(
    [add, matmul],
    { ...matmul, opType: 'Gemm', inputs: [left, right, bias], outputs: [output], attributes },
    matmul,
  );
}
