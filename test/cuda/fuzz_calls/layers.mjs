// Valid arguments of weights and layers on devices, and the addon's calls below them: [the function, its arguments].

const int8 = (dims) => ({ type: 'int8', dims, data: new Int8Array(dims.reduce((a, b) => a * b, 1)) });
const float32 = (dims) => ({
  type: 'float32',
  dims,
  data: new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5),
});

const FORMATS = [undefined, 'int4', 'nf4', 'float16'];

/** `octavo` has what makes weights and layers on the host. */
export function layerCalls({ DeviceLinear, DeviceWeights }, fuzz, octavo) {
  const { device } = fuzz;
  const { Linear, packWeights, QuantizedLinear } = octavo;
  const place = (random, made) => {
    const placed = made.to(random.chance(0.04) ? fuzz.other : device);
    if (random.chance(0.05)) placed.dispose();
    return placed;
  };
  const layer = (random, n, k) =>
    random.chance(0.2)
      ? new Linear(float32([n, k]))
      : QuantizedLinear.from({ weight: float32([n, k]) }, { weights: random.pick(FORMATS) });
  return {
    DeviceWeights: () => [(...args) => new DeviceWeights(...args), [device, {}, { k: 1, n: 1 }]],
    DeviceLinear: () => [
      (...args) => new DeviceLinear(...args),
      [device, {}, { inFeatures: 1, outFeatures: 1, input: null }],
    ],
    'CudaDevice.matmulInt8': (random) => {
      const [m, k, n] = [random.integer(0, 4), random.integer(0, 9), random.integer(0, 5)];
      const options = {
        aZeroPoint: random.pick([undefined, 3, new Int32Array(m)]),
        bZeroPoint: random.pick([undefined, -3, new Int32Array(n)]),
        out: random.chance(0.3) ? fuzz.tensor(random, 'int32', [m, n]) : undefined,
      };
      const a = fuzz.tensor(random, random.pick(['int8', 'uint8']), [m, k]);
      return [(...args) => device.matmulInt8(...args), [a, place(random, packWeights(int8([k, n]))), options]];
    },
    'DeviceLinear.forward': (random) => {
      const [m, k, n] = [random.integer(0, 3), 8 * random.integer(1, 2), random.integer(1, 5)];
      const options = {
        out: random.chance(0.3) ? fuzz.tensor(random, 'float32', [m, n]) : undefined,
        residual: random.chance(0.3) ? fuzz.tensor(random, 'float32', [m, n]) : undefined,
      };
      const placed = place(random, layer(random, n, k));
      return [(...args) => placed.forward(...args), [fuzz.tensor(random, 'float32', [m, k]), options]];
    },
    'PackedWeights.to': () => [(...args) => packWeights(int8([2, 3])).to(...args), [device]],
    'QuantizedLinear.to': (random) => [(...args) => layer(random, 3, 8).to(...args), [device]],
  };
}

/** The addon's own: handles instead of objects. */
export function rawLayerCalls(addon, { device, memory }) {
  const packed = (k, n) => addon.packInt8(new Int8Array(k * n), k, n, false);
  const floats = (k, n) => addon.packFloat32(new Float32Array(k * n), k, n, true);
  const output = { type: 'float32', scale: 1, zeroPoint: 0 };
  const layerOf = (weights) =>
    addon.createQuantizedLinear({
      ...{ weights, weightScale: Float32Array.of(1), weightZeroPoint: null, inputScale: null, bias: null },
      ...{ input: null, output, activation: null },
    });
  const other = (random, made) => (random.chance(0.08) ? random.pick([device(), memory(8), {}, packed(2, 2)]) : made);
  const shape = (random) => [random.integer(0, 3), random.integer(0, 9), random.integer(0, 5)];
  return {
    cudaPlaceWeights: (random) => [other(random, device()), other(random, packed(3, 2))],
    cudaPlaceLayer: (random) => [other(random, device()), other(random, layerOf(packed(3, 2)))],
    cudaPlaceLinear: (random) => [
      ...[other(random, device()), other(random, floats(3, 2))],
      ...[random.pick([null, new Float32Array(2)]), random.integer(0, 4), -1, 1],
    ],
    cudaMatmulInt8(random) {
      const [m, k, n] = shape(random);
      const placed = addon.cudaPlaceWeights(device(), packed(k, n));
      const zeros = (count) => random.pick([null, new Int32Array(1), new Int32Array(count)]);
      return [memory(m * k), other(random, placed), memory(m * n * 4), m, random.chance(0.5), zeros(m), zeros(n)];
    },
    cudaForward(random) {
      const [m, k, n] = shape(random);
      const placed = addon.cudaPlaceLayer(device(), layerOf(packed(k, n)));
      const residual = random.pick([null, memory(m * n * 4)]);
      return [other(random, placed), memory(m * k * 4), 'float32', memory(m * n * 4), m, residual];
    },
  };
}
