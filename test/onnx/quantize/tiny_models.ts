// Small float models for quantization, and samples for them.
import { attribute, type Feeds, type Model, Node } from '../../../lib/onnx/model';
import { Random } from '../../reference/random';
import { floats, info, modelOf } from '../small_models';

const random = new Random(7);
const weights = (dims: readonly number[]) =>
  floats(dims, [
    ...random.float32(
      dims.reduce((a, b) => a * b, 1),
      0.5,
    ),
  ]);

/** Conv, Relu, global average pool, Gemm: x [1, 3, 8, 8] → y [1, 5]. */
export function tinyCnn(): Model {
  return modelOf({
    inputs: [info('x', ['N', 3, 8, 8])],
    outputs: [info('y', ['N', 5])],
    nodes: [
      new Node({
        opType: 'Conv',
        name: 'conv',
        inputs: ['x', 'w', 'b'],
        outputs: ['c'],
        attributes: { pads: attribute.ints([1, 1, 1, 1]) },
      }),
      new Node({ opType: 'Relu', name: 'relu', inputs: ['c'], outputs: ['r'] }),
      new Node({ opType: 'GlobalAveragePool', name: 'pool', inputs: ['r'], outputs: ['p'] }),
      new Node({ opType: 'Flatten', name: 'flat', inputs: ['p'], outputs: ['f'] }),
      new Node({
        opType: 'Gemm',
        name: 'head',
        inputs: ['f', 'v', 'd'],
        outputs: ['y'],
        attributes: { transB: attribute.int(1) },
      }),
    ],
    initializers: new Map([
      ['w', weights([16, 3, 3, 3])],
      ['b', weights([16])],
      ['v', weights([5, 16])],
      ['d', weights([5])],
    ]),
  });
}

/** Two MatMuls with Relu between: x [..., k] → y [..., 6]. */
export function tinyMlp(k = 24, hidden = 64, rows: readonly (number | string)[] = ['N']): Model {
  return modelOf({
    inputs: [info('x', [...rows, k])],
    outputs: [info('y', [...rows, 6])],
    nodes: [
      new Node({ opType: 'MatMul', name: 'first', inputs: ['x', 'w'], outputs: ['h'] }),
      new Node({ opType: 'Relu', name: 'relu', inputs: ['h'], outputs: ['r'] }),
      new Node({ opType: 'MatMul', name: 'second', inputs: ['r', 'v'], outputs: ['y'] }),
    ],
    initializers: new Map([
      ['w', weights([k, hidden])],
      ['v', weights([hidden, 6])],
    ]),
  });
}

/** The same samples each time it is called. */
export function samplesOf(dims: readonly number[], count: number): () => Iterable<Feeds> {
  return function* samples() {
    const values = new Random(11);
    const size = dims.reduce((a, b) => a * b, 1);
    for (let i = 0; i < count; i++) yield { x: { type: 'float32', dims, data: values.float32(size, 2) } };
  };
}
