// A layer to time: its float32 form, and the quantized weights that octavo and its peers share.
import { quantize } from '../../lib/quantize';
import { Tensor } from '../../lib/tensor';
import type { Work } from '../contestant';
import { randomFloat32 } from '../inputs';
import { type PeerLayer, peerTensor } from '../peers/peer_models';
import { transpose } from '../peers/typed_array_int8';
import type { GemmShape } from './gemm_cases';

export interface LayerOperands {
  readonly shape: GemmShape;
  /** [m, k] in [-1, 1). */
  readonly x: Tensor<'float32'>;
  /** [n, k], scaled so that outputs are of the inputs' size. */
  readonly weight: Tensor<'float32'>;
  /** [n] */
  readonly bias: Tensor<'float32'>;
  readonly floatWork: Work;
}

export function createLayerOperands(shape: GemmShape): LayerOperands {
  const { m, n, k } = shape;
  const scale = Math.sqrt(3 / k);
  return {
    shape,
    x: new Tensor('float32', randomFloat32(m * k, 1), [m, k]),
    weight: new Tensor(
      'float32',
      randomFloat32(n * k, 2).map((value) => value * scale),
      [n, k],
    ),
    bias: new Tensor('float32', randomFloat32(n, 3), [n]),
    floatWork: {
      operations: 2 * m * n * k,
      arithmetic: 'float32',
      bytes: 4 * (m * k + k * n + m * n),
      traffic: 'read',
    },
  };
}

/** The layer's weights as every quantized contestant has them: int8, one scale for each output feature. */
export function quantizeForPeers({ shape, weight, bias }: LayerOperands): PeerLayer {
  const { n, k } = shape;
  const { data, params } = quantize(weight, { type: 'int8', symmetric: true, granularity: { axis: 0 } });
  if (!(data instanceof Int8Array)) throw new TypeError('int8 weights are an Int8Array');
  return {
    w: peerTensor(transpose(data, n, k), [k, n]),
    wScale: peerTensor(params.scale, [n]),
    bias: peerTensor(bias.data, [n]),
  };
}
