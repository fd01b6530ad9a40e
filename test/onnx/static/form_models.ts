// Small models whose form is chosen: a classifier, and a block with a residual.
import type { Model } from '../../../lib/onnx';
import { info } from '../small_models';
import { graphOf, op, weights } from './calibrated';

/** Three layers and a Softmax. */
export const classifier = (opset = 17): Model =>
  graphOf(
    {
      inputs: [info('x', ['n', 12])],
      outputs: [info('y', ['n', 4])],
      nodes: [
        op('Gemm', ['x', 'w', 'b'], 'h'),
        op('Relu', ['h'], 'r'),
        op('Gemm', ['r', 'v', 'c'], 'l'),
        op('Softmax', ['l'], 'y'),
      ],
      initializers: new Map([
        ['w', weights([12, 16], 1, 0.4)],
        ['b', weights([16], 2)],
        ['v', weights([16, 4], 3, 0.4)],
        ['c', weights([4], 4)],
      ]),
    },
    opset,
  );

export const residual = (): Model =>
  graphOf({
    inputs: [info('x', [1, 4, 6, 6])],
    outputs: [info('y', [1, 4, 6, 6])],
    nodes: [
      op('Conv', ['x', 'w', 'b'], 'c'),
      op('Relu', ['c'], 'r'),
      op('Conv', ['r', 'v'], 'd'),
      op('Add', ['d', 'r'], 'y'),
    ],
    initializers: new Map([
      ['w', weights([4, 4, 1, 1], 5, 0.5)],
      ['b', weights([4], 6)],
      ['v', weights([4, 4, 1, 1], 7, 0.5)],
    ]),
  });

/** Attributes of the pooling by halves. */
export const residualPool = {
  kernel_shape: { kind: 'ints', value: [2n, 2n] },
  strides: { kind: 'ints', value: [2n, 2n] },
} as const;
