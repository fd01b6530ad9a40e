// A Llama-style decoder on octavo's layers: RMSNorm, rotary embedding of neighbouring pairs, attention through a cache, SwiGLU.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Linear, QuantizedLinear, Tensor } from 'octavo';
import { readSafetensors } from 'octavo/checkpoint';

const LAYERS = ['q_proj', 'k_proj', 'v_proj', 'o_proj'];

/** x / rms(x) times the weight, row by row. */
function rmsNorm(x, weight, epsilon) {
  const out = new Float32Array(x.length);
  for (let row = 0; row < x.length; row += weight.length) {
    let squares = 0;
    for (let j = 0; j < weight.length; j++) squares += x[row + j] ** 2;
    const factor = 1 / Math.sqrt(squares / weight.length + epsilon);
    for (let j = 0; j < weight.length; j++) out[row + j] = x[row + j] * factor * weight[j];
  }
  return out;
}

/** Turns each pair of neighbours of each head by its angle, which grows with the token's position. */
function rotate(x, { position, heads, headDim, theta }) {
  const tokens = x.length / (heads * headDim);
  for (let token = 0; token < tokens; token++)
    for (let pair = 0; pair < headDim; pair += 2) {
      const angle = (position + token) * theta ** (-pair / headDim);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      for (let head = 0; head < heads; head++) {
        const i = (token * heads + head) * headDim + pair;
        const [a, b] = [x[i], x[i + 1]];
        x[i] = a * cos - b * sin;
        x[i + 1] = a * sin + b * cos;
      }
    }
}

function addTo(x, more) {
  for (let i = 0; i < x.length; i++) x[i] += more[i];
}

export class Decoder {
  /**
   * @param folder with model.safetensors and config.json as Hugging Face's Llama models have them
   * @param weights of the products: 'float32', or what QuantizedLinear.from takes, such as 'int8'
   */
  constructor(folder, weights = 'float32') {
    const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'));
    const { tensors } = readSafetensors(path.join(folder, 'model.safetensors'));
    const layerOf = (name, activation = 'none') => {
      const weight = tensors.get(`${name}.weight`);
      return weights === 'float32'
        ? new Linear(weight, null, { activation })
        : QuantizedLinear.from({ weight }, { weights, activation });
    };
    const values = (name) => tensors.get(`${name}.weight`).data;
    this.hidden = config.hidden_size;
    this.queryHeads = config.num_attention_heads;
    this.kvHeads = config.num_key_value_heads;
    this.headDim = config.head_dim;
    this.theta = config.rope_theta;
    this.epsilon = config.rms_norm_eps;
    this.vocabulary = config.vocab_size;
    this.embedding = values('model.embed_tokens');
    this.norm = values('model.norm');
    this.head = layerOf('lm_head');
    this.layers = Array.from({ length: config.num_hidden_layers }, (_, i) => {
      const name = `model.layers.${i}`;
      const [q, k, v, o] = LAYERS.map((part) => layerOf(`${name}.self_attn.${part}`));
      const [up, down] = [layerOf(`${name}.mlp.up_proj`), layerOf(`${name}.mlp.down_proj`)];
      const gate = layerOf(`${name}.mlp.gate_proj`, 'silu');
      const norms = [values(`${name}.input_layernorm`), values(`${name}.post_attention_layernorm`)];
      return { q, k, v, o, gate, up, down, norms };
    });
  }

  /**
   * @param tokens ids of the next tokens; the first is at `position`
   * @param attend (layer, q, k, v) to the attention's output, tensors [tokens, heads, headDim]
   * @returns Float32Array of logits [tokens, vocabulary]
   */
  forward(tokens, position, attend) {
    const { hidden, queryHeads, kvHeads, headDim, theta, epsilon } = this;
    const count = tokens.length;
    const x = new Float32Array(count * hidden);
    for (const [i, token] of tokens.entries())
      x.set(this.embedding.subarray(token * hidden, (token + 1) * hidden), i * hidden);
    const apply = (layer, data) => layer.forward(new Tensor('float32', data, [count, data.length / count])).data;
    for (const [i, { q, k, v, o, gate, up, down, norms }] of this.layers.entries()) {
      const normed = rmsNorm(x, norms[0], epsilon);
      const heads = (layer, number, turned) => {
        const data = apply(layer, normed);
        if (turned) rotate(data, { position, heads: number, headDim, theta });
        return new Tensor('float32', data, [count, number, headDim]);
      };
      const seen = attend(i, heads(q, queryHeads, true), heads(k, kvHeads, true), heads(v, kvHeads, false));
      addTo(x, apply(o, seen.data));
      const again = rmsNorm(x, norms[1], epsilon);
      const gated = apply(gate, again);
      const raised = apply(up, again);
      for (let j = 0; j < gated.length; j++) gated[j] *= raised[j];
      addTo(x, apply(down, gated));
    }
    return apply(this.head, rmsNorm(x, this.norm, epsilon));
  }
}

/** Sum of -log p of `targets` under rows of logits, in nats. */
export function lossOf(logits, targets, vocabulary) {
  let loss = 0;
  for (const [row, target] of targets.entries()) {
    const at = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
    const largest = at.reduce((a, b) => Math.max(a, b));
    let total = 0;
    for (const logit of at) total += Math.exp(logit - largest);
    loss += Math.log(total) + largest - at[target];
  }
  return loss;
}
