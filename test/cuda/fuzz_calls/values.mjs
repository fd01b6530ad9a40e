// Valid arguments of what quantizes and observes values on a device, and of the addon's calls below: [the function, its
// arguments].

const anyDims = (random) => Array.from({ length: random.integer(1, 3) }, () => random.integer(0, 5));
const signal = (random) => random.pick([undefined, {}, { signal: new AbortController().signal }]);

function anyParams(random, dims) {
  const axis = random.integer(0, dims.length - 1);
  const granularity = random.pick(['tensor', { axis }]);
  const count = granularity === 'tensor' ? 1 : dims[axis];
  const [scale, zeroPoint] = [new Float32Array(count).fill(0.5), new Int32Array(count).fill(random.integer(0, 127))];
  return { type: random.pick(['int8', 'uint8']), scale, zeroPoint, granularity };
}

export function valueCalls({ CudaDevice, DeviceQuantizedTensor }, { Sketch }, fuzz) {
  const { device } = fuzz;
  const quantized = (random) => {
    const dims = anyDims(random);
    const params = anyParams(random, dims);
    return device.quantize(device.tensor(fuzz.plain('float32', dims)), params);
  };
  const own =
    (method) =>
    (self, ...args) =>
      CudaDevice.prototype[method].call(self, ...args);
  const input = (random) => fuzz.tensor(random, 'float32', anyDims(random));
  return {
    'CudaDevice.quantize'(random) {
      const dims = anyDims(random);
      const params = anyParams(random, dims);
      const out = random.pick([undefined, fuzz.tensor(random, params.type, dims)]);
      return [own('quantize'), [device, fuzz.tensor(random, 'float32', dims), params, { out }]];
    },
    'CudaDevice.dequantize': (random) => [own('dequantize'), [device, quantized(random), { out: undefined }]],
    'CudaDevice.minMax': (random) => [
      own('minMax'),
      [device, input(random), { axis: random.pick([undefined, 0, -1]) }],
    ],
    'CudaDevice.histogram': (random) => [own('histogram'), [device, input(random), { bins: 16, limit: 4 }]],
    'CudaDevice.observe': (random) => [
      own('observe'),
      [device, new Sketch({ bins: 16 }), input(random), signal(random)],
    ],
    DeviceQuantizedTensor(random) {
      const dims = anyDims(random);
      const params = anyParams(random, dims);
      return [(...args) => new DeviceQuantizedTensor(...args), [fuzz.tensor(random, params.type, dims), params]];
    },
    'DeviceQuantizedTensor.toHost': (random) => [
      (self, options) => DeviceQuantizedTensor.prototype.toHost.call(self, options),
      [quantized(random), signal(random)],
    ],
  };
}

/** The addon's own: handles instead of objects. */
export function rawValueCalls({ device, memory }) {
  const handle = (random, make) => {
    const made = random.chance(0.1) ? random.pick([device, () => memory(8), () => ({})])() : make();
    return random.chance(0.03) ? Object.create(made) : made;
  };
  const array = (random, bytes) => handle(random, () => memory(random.chance(0.1) ? bytes >> 1 : bytes));
  const converted = (random) => {
    const [channels, inner, outer] = [random.integer(1, 4), random.integer(1, 5), random.integer(0, 3)];
    const count = channels * inner * outer;
    const params = [new Float32Array(channels).fill(1), new Int32Array(channels), inner];
    const [x, q] = [array(random, 4 * count), array(random, count)];
    return [handle(random, device), x, ...params, q, count, random.chance(0.5)];
  };
  const observed = (random, count) => [handle(random, device), array(random, 4 * count), count];
  return {
    cudaQuantize: converted,
    cudaDequantize: converted,
    cudaMinMax(random) {
      const [channels, inner] = [random.integer(1, 4), random.integer(1, 5)];
      const count = channels * inner * random.integer(0, 3);
      return [...observed(random, count), new Float32Array(2 * channels), new Float64Array(2), inner];
    },
    cudaHistogram: (random) => [
      ...observed(random, random.integer(0, 40)),
      new BigUint64Array(2 ** random.integer(1, 6)),
      new BigUint64Array(2),
      2 ** random.integer(-3, 3),
    ],
    cudaSketch(random) {
      const bins = 2 ** random.integer(1, 6);
      return [...observed(random, random.integer(0, 40)), new BigUint64Array(21 + bins), bins];
    },
  };
}
