// Adam with decoupled weight decay.
const BETA = { mean: 0.9, square: 0.999 };

export class Adam {
  constructor(layers, decay) {
    Object.assign(this, { layers, decay, power: { mean: 1, square: 1 } });
    this.states = layers.map(({ weight, bias }) => ({ weight: stateOf(weight), bias: stateOf(bias) }));
  }

  /** One step with the gradients that the layers keep. */
  step(rate) {
    this.power = { mean: this.power.mean * BETA.mean, square: this.power.square * BETA.square };
    for (const [i, layer] of this.layers.entries()) {
      this.update(layer.weight, layer.gradients.weight, this.states[i].weight, { rate, decay: this.decay });
      this.update(layer.bias, layer.gradients.bias, this.states[i].bias, { rate, decay: 0 });
    }
  }

  update(values, gradient, { mean, square }, { rate, decay }) {
    const correctMean = 1 / (1 - this.power.mean);
    const correctSquare = 1 / (1 - this.power.square);
    for (let i = 0; i < values.length; i++) {
      mean[i] = BETA.mean * mean[i] + (1 - BETA.mean) * gradient[i];
      square[i] = BETA.square * square[i] + (1 - BETA.square) * gradient[i] ** 2;
      const step = (mean[i] * correctMean) / (Math.sqrt(square[i] * correctSquare) + 1e-8);
      values[i] -= rate * (step + decay * values[i]);
    }
  }
}

const stateOf = ({ length }) => ({ mean: new Float32Array(length), square: new Float32Array(length) });
