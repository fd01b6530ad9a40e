// A residual network of 13 convolutions over 112 × 112 pictures, the kind of model that 8 bits speed up most.
import { attribute, type Model } from '../../../lib/onnx';
import { GraphBuilder } from './graph_builder';

export interface ResidualNetOptions {
  readonly seed?: number;
  /** Height and width of the pictures; a multiple of 4. */
  readonly size?: number;
  readonly classes?: number;
}

interface Stage {
  readonly channels: number;
  readonly blocks: number;
  /** Of the first block; it then has a projection on its skip. */
  readonly stride: number;
}

const STEM = 32;
const STAGES: readonly Stage[] = [
  { channels: 32, blocks: 2, stride: 1 },
  { channels: 64, blocks: 2, stride: 2 },
  { channels: 128, blocks: 1, stride: 2 },
];

function block(builder: GraphBuilder, x: string, inputs: number, { channels: outputs, stride }: Stage): string {
  const first = builder.convRelu(x, { inputs, outputs, kernel: 3, stride });
  const second = builder.conv(first, { inputs: outputs, outputs, kernel: 3, gain: 0.5 });
  const same = inputs === outputs && stride === 1;
  const skip = same ? x : builder.conv(x, { inputs, outputs, kernel: 1, stride, gain: 0.7 });
  return builder.node('Relu', [builder.node('Add', [second, skip])]);
}

/**
 * `image` float32 [batch, 3, size, size] → [batch, classes]; 1.06 billion multiplications a picture of 112 × 112, 1.6 MB of
 * convolution weights. Random weights, the same for the same seed.
 */
export function residualNet({ seed = 1, size = 112, classes = 100 }: ResidualNetOptions = {}): Model {
  const builder = new GraphBuilder(seed);
  const image = builder.input('image', 'float32', ['batch', 3, size, size]);
  let x = builder.convRelu(image, { inputs: 3, outputs: STEM, kernel: 3 });
  let channels = STEM;
  for (const stage of STAGES)
    for (let i = 0; i < stage.blocks; i++) {
      x = block(builder, x, channels, i === 0 ? stage : { ...stage, stride: 1 });
      channels = stage.channels;
    }
  const pooled = builder.node('Flatten', [builder.node('GlobalAveragePool', [x])], { axis: attribute.int(1) });
  return builder.model({ [builder.gemm(pooled, channels, classes)]: ['batch', classes] }, 17);
}
