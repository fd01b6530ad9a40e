// One scale for each row of activations, where one for all of them would lose too much.
import { attribute, GraphIndex, type Model, ModelTensor, Node } from '../model';
import { GraphRewriter } from '../rewrite';
import { nameOf } from '../selection';

/**
 * Divides the rows of the activations of products by the rows' largest magnitudes, and multiplies the outputs by them:
 * DynamicQuantizeLinear behind that has one scale for the whole tensor, but every row fills its range. Changes the graph.
 */
export function scaleRows({ graph, opset }: Model, wants: (node: Node, index: GraphIndex) => boolean): void {
  const index = new GraphIndex(graph);
  const rewriter = new GraphRewriter(graph);
  const scaled = new Map<string, { readonly rows: string; readonly values: string }>();
  for (const node of graph.nodes.filter((one) => wants(one, index))) {
    const [input, ...others] = node.inputs as [string, ...string[]];
    const known = scaled.get(input) ?? divideRows(input, node, rewriter, opset);
    scaled.set(input, known);
    const [output] = node.outputs as [string];
    const product = node.clone();
    product.name = nameOf(node);
    product.inputs = [known.values, ...others];
    product.outputs = [rewriter.fresh(`${output}_rows`)];
    rewriter.replace(node, [
      product,
      new Node({ opType: 'Mul', inputs: [...product.outputs, known.rows], outputs: [output] }),
    ]);
  }
  rewriter.finish();
}

function divideRows(input: string, place: Node, rewriter: GraphRewriter, opset: number) {
  const magnitudes = rewriter.insert(place, 'Abs', [input], { output: `${input}_abs` });
  const axes = () => ModelTensor.of('int64', [1], BigInt64Array.of(-1n));
  const keepdims = attribute.int(1);
  const largest =
    opset < 18
      ? rewriter.insert(place, 'ReduceMax', [magnitudes], {
          output: `${input}_max`,
          attributes: { axes: attribute.ints([-1]), keepdims },
        })
      : rewriter.insert(place, 'ReduceMax', [magnitudes, rewriter.constant('last_axis', axes, 'last_axis')], {
          output: `${input}_max`,
          attributes: { keepdims },
        });
  // A row of zeros stays one.
  const least = rewriter.constant(
    'least_row',
    () => ModelTensor.scalar('float32', Float32Array.of(2 ** -100)),
    'least',
  );
  const rows = rewriter.insert(place, 'Max', [largest, least], { output: `${input}_rows` });
  return { rows, values: rewriter.insert(place, 'Div', [input, rows], { output: `${input}_unit` }) };
}
