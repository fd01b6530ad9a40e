// Conv as ConvInteger.
import { attribute, codeOf, ModelTensor, Node } from '../model';
import { alongAxis, type StoredWeight } from '../rewrite';
import type { DynamicContext } from './context';

const ATTRIBUTES = ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides'];

/** Puts integers in the place of a Conv with constant weights. Gives the weights as they are stored, or why it stays float. */
export function quantizeConvolution(node: Node, context: DynamicContext): StoredWeight | string {
  const name = node.inputs[1] ?? '';
  const tensor = context.index.constant(name);
  if (tensor === undefined) return 'the weights are no constant';
  if (tensor.type !== 'float32') return `the weights are ${tensor.type}, not float32`;
  if (tensor.dims.length < 3 || tensor.size === 0) return 'the weights are no filters';
  const { perChannel, reduceRange } = context.settings(node);
  const axis = perChannel ? 0 : undefined;
  // onnxruntime's ConvInteger is fast for unsigned weights only, and takes one zero point for all of them.
  const stored = context.weights.store(name, tensor, { axis, reduceRange, type: 'uint8' });
  context.rewriter.replace(node, integerConvolution(node, stored, tensor.dims.length, context));
  return stored;
}

function integerConvolution(node: Node, weights: StoredWeight, rank: number, context: DynamicContext): Node[] {
  const { rewriter } = context;
  const [input = '', , bias = ''] = node.inputs;
  // [channels] as [channels, 1, 1 ...], unless there is one scale for all.
  const channelsOf = (name: string) =>
    name === weights.scale && weights.params.granularity === 'tensor' ? name : alongAxis(node, name, rank, 1, rewriter);
  const [output] = node.outputs as [string];
  const zeroPoint = rewriter.constant(
    'weights_zp',
    () => ModelTensor.scalar('uint8', Uint8Array.of(128)),
    'weights_zp',
  );
  const a = context.activations.quantize(input, node);
  const channels = channelsOf(weights.scale);
  const scale = rewriter.insert(node, 'Mul', [a.scale, channels], { output: `${output}_s` });
  const [sums, floats, product] = [`${output}_i`, `${output}_f`, `${output}_x`].map((name) => rewriter.fresh(name));
  const attributes = new Map([...node.attributes].filter(([name]) => ATTRIBUTES.includes(name)));
  const inputs = [a.values, weights.values, a.zeroPoint, zeroPoint];
  const to = attribute.int(codeOf('float32'));
  const scaled = bias === '' ? output : product!;
  const nodes = [
    new Node({ opType: 'ConvInteger', name: node.name, inputs, outputs: [sums!], attributes }),
    new Node({ opType: 'Cast', inputs: [sums!], outputs: [floats!], attributes: { to } }),
    new Node({ opType: 'Mul', inputs: [floats!, scale], outputs: [scaled] }),
  ];
  if (bias !== '') nodes.push(new Node({ opType: 'Add', inputs: [scaled, channelsOf(bias)], outputs: [output] }));
  return nodes;
}
