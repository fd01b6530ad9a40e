// A transformer encoder in the shape of BERT (Devlin et al. 2019), as PyTorch exports it, with random weights.
import { attribute, type Dim, type Model } from '../../../lib/onnx';
import { GraphBuilder } from './graph_builder';

export interface BertEncoderOptions {
  readonly seed?: number;
  readonly layers?: number;
  readonly heads?: number;
  /** Width of the residual stream; a multiple of `heads`. */
  readonly width?: number;
  readonly hidden?: number;
  readonly vocabulary?: number;
  /** Tokens of a sentence, fixed in the model. */
  readonly sequence?: number;
}

type Shape = Required<BertEncoderOptions>;

const BASE: Shape = {
  seed: 1,
  layers: 12,
  heads: 12,
  width: 768,
  hidden: 3072,
  vocabulary: 30522,
  sequence: 128,
};

class EncoderBuilder {
  readonly #builder: GraphBuilder;
  readonly #shape: Shape;

  constructor(shape: Shape) {
    this.#shape = shape;
    this.#builder = new GraphBuilder(shape.seed);
  }

  build(): Model {
    const { sequence, width, layers } = this.#shape;
    const builder = this.#builder;
    const dims: Dim[] = ['batch', sequence];
    const ids = builder.input('input_ids', 'int64', dims);
    const mask = this.#mask(builder.input('attention_mask', 'int64', dims));
    builder.integers('heads_shape', [0, 0, this.#shape.heads, width / this.#shape.heads]);
    builder.integers('merged_shape', [0, 0, width]);
    builder.floats('half', [0.5]);
    builder.floats('one', [1]);
    builder.floats('sqrt_two', [Math.SQRT2]);
    builder.floats('sqrt_head', [Math.sqrt(width / this.#shape.heads)]);
    let x = this.#embed(ids);
    for (let i = 0; i < layers; i++) x = this.#layer(x, mask, `layer_${i}`);
    return builder.model({ [x]: ['batch', sequence, width] }, 17);
  }

  /** 0 where a token counts, -10,000 where it is padding, for the scores of [batch, heads, sequence, sequence]. */
  #mask(mask: string): string {
    const builder = this.#builder;
    const wide = builder.node('Unsqueeze', [mask, builder.integers('mask_axes', [1, 2])]);
    const floats = builder.node('Cast', [wide], { to: attribute.int(1) });
    const flipped = builder.node('Sub', [builder.floats('mask_one', [1]), floats]);
    return builder.node('Mul', [flipped, builder.floats('mask_low', [-10_000])]);
  }

  #embed(ids: string): string {
    const { vocabulary, width, sequence } = this.#shape;
    const builder = this.#builder;
    const words = builder.node('Gather', [builder.normal('embeddings.words', [vocabulary, width], 0.5), ids]);
    const positions = builder.normal('embeddings.positions', [1, sequence, width], 0.5);
    return this.#normalize(builder.node('Add', [words, positions]), 'embeddings');
  }

  #normalize(x: string, layer: string): string {
    const { width } = this.#shape;
    const scale = this.#builder.floats(`${layer}.norm.weight`, new Array<number>(width).fill(1), [width]);
    const shift = this.#builder.normal(`${layer}.norm.bias`, [width], 0.02);
    return this.#builder.node('LayerNormalization', [x, scale, shift], {
      axis: attribute.int(-1),
      epsilon: attribute.float(1e-12),
    });
  }

  /** x · W + b. He's scale for a following GELU, half of its variance where nothing cuts the values. */
  #linear(x: string, layer: string, [inputs, outputs]: readonly [number, number], variance = 1): string {
    const weight = this.#builder.normal(`${layer}.weight`, [inputs, outputs], Math.sqrt(variance / inputs));
    const bias = this.#builder.normal(`${layer}.bias`, [outputs], 0.02);
    return this.#builder.node('Add', [bias, this.#builder.node('MatMul', [x, weight])]);
  }

  #layer(x: string, mask: string, layer: string): string {
    const { width, hidden } = this.#shape;
    const builder = this.#builder;
    const attended = this.#linear(this.#attend(x, mask, layer), `${layer}.attention.output`, [width, width]);
    const middle = this.#normalize(builder.node('Add', [attended, x]), `${layer}.attention`);
    const raised = this.#gelu(this.#linear(middle, `${layer}.intermediate`, [width, hidden], 2));
    const lowered = this.#linear(raised, `${layer}.output`, [hidden, width]);
    return this.#normalize(builder.node('Add', [lowered, middle]), layer);
  }

  #attend(x: string, mask: string, layer: string): string {
    const { width } = this.#shape;
    const builder = this.#builder;
    const heads = (part: string, order: readonly number[]) => {
      const flat = this.#linear(x, `${layer}.attention.${part}`, [width, width]);
      return builder.node('Transpose', [builder.node('Reshape', [flat, 'heads_shape'])], {
        perm: attribute.ints(order),
      });
    };
    const queries = heads('query', [0, 2, 1, 3]);
    const scores = builder.node('MatMul', [queries, heads('key', [0, 2, 3, 1])]);
    const scaled = builder.node('Add', [builder.node('Div', [scores, 'sqrt_head']), mask]);
    const weights = builder.node('Softmax', [scaled], { axis: attribute.int(-1) });
    const mixed = builder.node('MatMul', [weights, heads('value', [0, 2, 1, 3])]);
    const tokens = builder.node('Transpose', [mixed], { perm: attribute.ints([0, 2, 1, 3]) });
    return builder.node('Reshape', [tokens, 'merged_shape']);
  }

  /** x / 2 · (1 + erf(x / √2)), in the operators that exporters write. */
  #gelu(x: string): string {
    const builder = this.#builder;
    const erf = builder.node('Erf', [builder.node('Div', [x, 'sqrt_two'])]);
    return builder.node('Mul', [builder.node('Mul', [x, builder.node('Add', [erf, 'one'])]), 'half']);
  }
}

/**
 * `input_ids`, `attention_mask` int64 [batch, sequence] → float32 [batch, sequence, width]. The default is BERT-base: 12 layers of
 * width 768 (85 million parameters) and its vocabulary (23 million). Random weights, the same for the same seed.
 */
export function bertEncoder(options: BertEncoderOptions = {}): Model {
  return new EncoderBuilder({ ...BASE, ...options }).build();
}
