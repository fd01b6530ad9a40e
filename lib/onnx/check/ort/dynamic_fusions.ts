// MatMulInteger with what stands around it: what dynamic quantization writes, and what onnxruntime makes one kernel of.
import type { Node } from '../../model';
import type { WorkingGraph } from './working_graph';

interface Chain {
  readonly matmul: Node;
  readonly cast: Node;
  readonly scales: Node;
  readonly mul: Node;
  /** The Add of a constant vector. */
  readonly add: Node | undefined;
}

const producerOf = (graph: WorkingGraph, node: Node, opType: string): Node | undefined =>
  node.inputs.map((name) => graph.producer(name)).find((producer) => producer?.is(opType));

function isBias(graph: WorkingGraph, name: string | undefined): boolean {
  const dims = graph.constant(name)?.dims;
  if (dims === undefined || dims.length === 0) return false;
  return dims.slice(0, -1).every((dim) => dim === 1) && (dims.at(-1) as number) > 1;
}

/** MatMulInteger → Cast → Mul(scale of a × scale of b) [→ Add] at its Mul. */
function chainAt(graph: WorkingGraph, mul: Node): Chain | undefined {
  const cast = mul.is('Mul') ? producerOf(graph, mul, 'Cast') : undefined;
  const matmul = cast === undefined ? undefined : producerOf(graph, cast, 'MatMulInteger');
  const scales = producerOf(graph, mul, 'Mul');
  if (cast === undefined || matmul === undefined || scales === undefined) return undefined;
  if (![cast, matmul, scales].every((node) => graph.onlyReader(node.outputs[0]) !== undefined)) return undefined;
  const next = graph.onlyReader(mul.outputs[0]);
  const add = next?.is('Add') && isBias(graph, next.inputs[1]) ? next : undefined;
  return { matmul, cast, scales, mul, add };
}

/** DynamicQuantizeLinear whose three outputs this kernel alone reads. */
function quantizerOf(graph: WorkingGraph, fused: Node): Node | undefined {
  const producer = graph.producer(fused.inputs[0]);
  if (!producer?.is('DynamicQuantizeLinear')) return undefined;
  const uses = producer.outputs.flatMap((name) => graph.uses(name));
  if (producer.outputs.some((name) => graph.isOutput(name)) || uses.length !== 3) return undefined;
  const isConstant = [1, 3, 5, 6].every((input) => {
    const name = fused.inputs[input] ?? '';
    return name === '' || graph.constant(name) !== undefined;
  });
  return isConstant ? producer : undefined;
}

function fuse(graph: WorkingGraph, { matmul, cast, scales, mul, add }: Chain): void {
  const last = add ?? mul;
  const [a = '', b = '', aZero = '', bZero = ''] = matmul.inputs;
  const inputs = [a, b, ...scales.inputs, aZero, bZero, ...(add === undefined ? [] : [add.inputs[1] as string])];
  const fused = graph.replace(
    [matmul, cast, scales, mul, ...(add === undefined ? [] : [add])],
    { opType: 'MatMulIntegerToFloat', domain: 'com.microsoft', inputs, outputs: last.outputs },
    matmul,
  );
  const quantizer = quantizerOf(graph, fused);
  const kernel = quantizer === undefined ? 'MatMulIntegerToFloat' : 'DynamicQuantizeMatMul';
  const into = graph.origin(fused);
  graph.decide(fused, { outcome: 'int8', kernel });
  for (const node of [cast, scales, mul, ...(add === undefined ? [] : [add])])
    graph.decide(node, { outcome: 'folded', into });
  if (quantizer === undefined) return;
  graph.decide(quantizer, { outcome: 'folded', into });
  graph.remove(quantizer);
}

/** Replaces every chain by MatMulIntegerToFloat, or with its quantizer by DynamicQuantizeMatMul. */
export function fuseDynamicMatMuls(graph: WorkingGraph): void {
  for (const mul of graph.nodes()) {
    const chain = graph.has(mul) ? chainAt(graph, mul) : undefined;
    if (chain !== undefined) fuse(graph, chain);
  }
}
