// Float constants that bytes hold without loss, such as attention masks of 0 and -1e9, are stored in bytes.
import { attribute, codeOf, type Graph, ModelTensor, Node } from '../model';
import { GraphRewriter } from './graph_rewriter';

/** Smaller tensors are not worth two nodes. */
const SMALLEST_BYTES = 4096;

/**
 * Stores float32 initializers in bytes where every value comes back bit for bit: those of 0 and one other number as bool with a
 * Where behind it, those that are int8 values times one scale as int8 with a Cast and a Mul. Runtimes fold both when they load
 * the model. Changes the graph. Gives the names of those tensors.
 */
export function compactConstants(graph: Graph): string[] {
  const rewriter = new GraphRewriter(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const nodes: Node[] = [];
  const compacted: string[] = [];
  for (const [name, tensor] of [...graph.initializers]) {
    if (tensor.type !== 'float32' || tensor.byteLength < SMALLEST_BYTES || outputs.has(name)) continue;
    const values = tensor.floats();
    const found = selected(name, values, tensor.dims, rewriter) ?? scaled(name, values, tensor.dims, rewriter);
    if (found === undefined) continue;
    nodes.push(...found);
    graph.initializers.delete(name);
    compacted.push(name);
  }
  graph.nodes.unshift(...nodes);
  return compacted;
}

/** Nodes that choose between 0 and the one other value; undefined if there are more, or other zeros. */
function selected(name: string, values: Float32Array, dims: readonly number[], rewriter: GraphRewriter) {
  const other = values.find((value) => value !== 0);
  if (other === undefined || Number.isNaN(other)) return undefined;
  if (!values.every((value) => value === other || Object.is(value, 0))) return undefined;
  const isOther = Uint8Array.from(values, (value) => Number(value !== 0));
  const scalar = (of: number) => () => ModelTensor.scalar('float32', Float32Array.of(of));
  const inputs = [
    rewriter.constant(`${name}_q`, () => ModelTensor.of('bool', dims, isOther)),
    rewriter.constant(`${name}_value`, scalar(other)),
    rewriter.constant('zero', scalar(0), 'zero'),
  ];
  return [new Node({ opType: 'Where', inputs, outputs: [name] })];
}

/** Nodes that multiply int8 values by a scale; undefined where that does not give the values. */
function scaled(name: string, values: Float32Array, dims: readonly number[], rewriter: GraphRewriter) {
  const found = exactBytes(values);
  if (found === undefined) return undefined;
  const bytes = rewriter.constant(`${name}_q`, () => ModelTensor.of('int8', dims, found.bytes));
  const scale = rewriter.constant(`${name}_scale`, () => ModelTensor.scalar('float32', Float32Array.of(found.scale)));
  const floats = rewriter.fresh(`${name}_f`);
  const to = attribute.int(codeOf('float32'));
  return [
    new Node({ opType: 'Cast', inputs: [bytes], outputs: [floats], attributes: { to } }),
    new Node({ opType: 'Mul', inputs: [floats, scale], outputs: [name] }),
  ];
}

/** Integers from -127 to 127 whose float32 products with a scale have the same bits as all values. */
function exactBytes(values: Float32Array): { bytes: Int8Array; scale: number } | undefined {
  let [smallest, largest] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    if (!Number.isFinite(value) || Object.is(value, -0)) return undefined;
    const magnitude = Math.abs(value);
    if (magnitude > 0 && magnitude < smallest) smallest = magnitude;
    if (magnitude > largest) largest = magnitude;
  }
  if (largest === 0) return { bytes: new Int8Array(values.length), scale: 1 };
  if (largest > smallest * 127) return undefined;
  const bytes = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const quotient = Math.round(values[i]! / smallest);
    if (Math.fround(quotient * smallest) !== values[i]) return undefined;
    bytes[i] = quotient;
  }
  return { bytes, scale: smallest };
}
