// Float constants that 8 bits hold without loss, such as attention masks of 0 and -1e9, are stored in 8 bits.
import { attribute, codeOf, type Graph, ModelTensor, Node } from '../model';
import { GraphRewriter } from './graph_rewriter';

/** Smaller tensors are not worth two nodes. */
const SMALLEST_BYTES = 4096;

/**
 * Stores float32 initializers that are int8 values times one scale, exactly, as int8 with a Cast and a Mul behind it, which
 * runtimes fold when they load the model. Changes the graph. Gives the names of those tensors.
 */
export function compactConstants(graph: Graph): string[] {
  const rewriter = new GraphRewriter(graph);
  const nodes: Node[] = [];
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const compacted: string[] = [];
  for (const [name, tensor] of [...graph.initializers]) {
    if (tensor.type !== 'float32' || tensor.byteLength < SMALLEST_BYTES || outputs.has(name)) continue;
    const found = exactBytes(tensor.floats());
    if (found === undefined) continue;
    const bytes = rewriter.constant(`${name}_q`, () => ModelTensor.of('int8', tensor.dims, found.values));
    const scale = rewriter.constant(`${name}_scale`, () => ModelTensor.scalar('float32', Float32Array.of(found.scale)));
    const floats = rewriter.fresh(`${name}_f`);
    const to = attribute.int(codeOf('float32'));
    nodes.push(new Node({ opType: 'Cast', inputs: [bytes], outputs: [floats], attributes: { to } }));
    nodes.push(new Node({ opType: 'Mul', inputs: [floats, scale], outputs: [name] }));
    graph.initializers.delete(name);
    compacted.push(name);
  }
  graph.nodes.unshift(...nodes);
  return compacted;
}

/**
 * Integers from -127 to 127 whose float32 products with a scale have the same bits as all values. The scale has the sign of
 * values that all have one: in float16, a mask's -1e9 then becomes the lowest number, where 1e9 would be infinite.
 */
function exactBytes(values: Float32Array): { values: Int8Array; scale: number } | undefined {
  let [smallest, largest, positive] = [Number.POSITIVE_INFINITY, 0, false];
  for (const value of values) {
    if (!Number.isFinite(value) || Object.is(value, -0)) return undefined;
    const magnitude = Math.abs(value);
    if (magnitude > 0 && magnitude < smallest) smallest = magnitude;
    if (magnitude > largest) largest = magnitude;
    if (value > 0) positive = true;
  }
  if (largest === 0) return { values: new Int8Array(values.length), scale: 1 };
  if (largest > smallest * 127) return undefined;
  const scale = positive ? smallest : -smallest;
  const bytes = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const quotient = Math.round(values[i]! / scale);
    if (Math.fround(quotient * scale) !== values[i]) return undefined;
    bytes[i] = quotient;
  }
  return { values: bytes, scale };
}
