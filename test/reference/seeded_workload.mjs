// Every operation of the facade on seeded inputs, each result as a hash: equal hashes are equal bytes.
import { createHash } from 'node:crypto';

const SPECIAL = [0, -0, Infinity, -Infinity, NaN, 0.5, -1.5];

/** Numbers from mulberry32, the same everywhere. */
function makeRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    int8: (length) => Int8Array.from({ length }, () => Math.floor(next() * 256) - 128),
    uint8: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)),
    int32: (length, low) => Int32Array.from({ length }, () => low + Math.floor(next() * 256)),
    float32: (length, size = 1) => Float32Array.from({ length }, () => (2 * next() - 1) * next() * size),
    // Any bits; and often enough what random bits hardly ever are.
    anyFloat32: (length) =>
      new Float32Array(Uint32Array.from({ length }, () => next() * 2 ** 32).buffer).map((value) =>
        next() < 0.1 ? SPECIAL[Math.floor(next() * SPECIAL.length)] : value,
      ),
  };
}

function hash(...arrays) {
  const sha = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of arrays) sha.update(new Uint8Array(buffer, byteOffset, byteLength));
  return sha.digest('hex').slice(0, 16);
}

/** NaN results may carry any payload: one of them for all. */
const sameNaN = (values) => values.map((value) => (Number.isNaN(value) ? Number.NaN : value));

const PARAMS = {
  int8: { type: 'int8', scale: Float32Array.of(0.017), zeroPoint: Int32Array.of(-7), granularity: 'tensor' },
  uint8: { type: 'uint8', scale: Float32Array.of(0.017), zeroPoint: Int32Array.of(121), granularity: 'tensor' },
};

/** Products of shapes around the tiles, and of one that several threads share: its columns, or its rows. */
function* products(octavo, random) {
  const { Tensor, matmulInt8, matmulInt8Async, matmulFloat32, matmulFloat32Async } = octavo;
  const shapes = [
    [1, 1, 1],
    [3, 17, 5],
    [14, 32, 64],
    [15, 33, 67],
    [31, 16, 130],
    [20, 600, 1400],
    [700, 65, 513],
  ];
  for (const [m, n, k] of shapes) {
    const b = Tensor.from(random.int8(k * n), [k, n]);
    const zero = { aZeroPoint: random.int32(m, 0), bZeroPoint: random.int32(n, -128) };
    const a = Tensor.from(random.uint8(m * k), [m, k]);
    yield [`matmulInt8 uint8 ${m}x${n}x${k}`, () => matmulInt8(a, b), () => matmulInt8Async(a, b)];
    yield [`zero points ${m}x${n}x${k}`, () => matmulInt8(a, b, zero), () => matmulInt8Async(a, b, zero)];
    const signed = Tensor.from(random.int8(m * k), [m, k]);
    const options = { aZeroPoint: -3, bZeroPoint: 5 };
    yield [
      `matmulInt8 int8 ${m}x${n}x${k}`,
      () => matmulInt8(signed, b, options),
      () => matmulInt8Async(signed, b, options),
    ];
    const [x, y] = [Tensor.from(random.float32(m * k), [m, k]), Tensor.from(random.float32(k * n), [k, n])];
    yield [`matmulFloat32 ${m}x${n}x${k}`, () => matmulFloat32(x, y), () => matmulFloat32Async(x, y)];
  }
}

function* layers(octavo, random) {
  const { Tensor, Linear, QuantizedLinear, quantize } = octavo;
  for (const [m, n, k] of [
    [1, 10, 20],
    [19, 37, 83],
    [300, 128, 784],
  ]) {
    const weight = Tensor.from(random.float32(n * k), [n, k]);
    const bias = random.float32(n);
    const x = Tensor.from(random.float32(m * k, 2), [m, k]);
    const wild = Tensor.from(random.anyFloat32(m * k), [m, k]);
    const linear = new Linear(weight, bias);
    yield [`Linear ${m}x${n}x${k}`, () => linear.forward(x), () => linear.forwardAsync(x)];
    for (const input of ['dynamic', 'int8', 'uint8'])
      for (const output of ['float32', 'int8', 'uint8']) {
        const layer = QuantizedLinear.from(linear, {
          activations: PARAMS[input] ?? 'dynamic',
          output: PARAMS[output] ?? 'float32',
          weights: {
            type: 'int8',
            symmetric: input === 'dynamic',
            granularity: output === 'int8' ? 'tensor' : { axis: 0 },
          },
          activation: output === 'uint8' ? 'relu' : { clip: [-1.5, 1.25] },
        });
        const name = `QuantizedLinear ${input} to ${output} ${m}x${n}x${k}`;
        yield [name, () => layer.forward(x), () => layer.forwardAsync(x)];
        yield [`${name}, any float32`, () => layer.forward(wild), () => layer.forwardAsync(wild)];
        if (input === 'dynamic') continue;
        const q = quantize(x, PARAMS[input]);
        yield [`${name}, bytes`, () => layer.forward(q), () => layer.forwardAsync(q)];
      }
  }
}

function* conversions(octavo, random) {
  const { Tensor, QuantizedTensor, quantize, quantizeAsync, dequantize, dequantizeAsync } = octavo;
  const tensors = [Tensor.from(random.float32(4099, 5), [4099]), Tensor.from(random.anyFloat32(30 * 67), [30, 67])];
  tensors.push(Tensor.from(random.float32(290_000, 3), [290, 1000])); // more than one piece of work for the threads
  for (const x of tensors)
    for (const type of ['int8', 'uint8'])
      for (const granularity of ['tensor', { axis: 0 }, { axis: -1 }]) {
        const count = granularity === 'tensor' ? 1 : x.dims.at(granularity.axis);
        const scale = random.float32(count).map((value) => Math.abs(value) + 0.01);
        const params = { type, scale, zeroPoint: random.int32(count, type === 'int8' ? -128 : 0), granularity };
        const name = `${type} [${x.dims}] ${JSON.stringify(granularity)}`;
        yield [`quantize ${name}`, () => quantize(x, params), () => quantizeAsync(x, params)];
        const q = new QuantizedTensor(type === 'int8' ? random.int8(x.size) : random.uint8(x.size), x.dims, params);
        yield [`dequantize ${name}`, () => dequantize(q), () => dequantizeAsync(q)];
      }
}

function* statistics(octavo, random) {
  const { Tensor, Observer, Sketch, histogram, histogramAsync } = octavo;
  const [some, any] = [Tensor.from(random.float32(5003, 3), [5003]), Tensor.from(random.anyFloat32(57 * 35), [57, 35])];
  const zeros = Tensor.from(
    random
      .float32(41 * 19)
      .map(Math.sign)
      .map((value) => value * 0),
    [41, 19],
  );
  for (const x of [some, any, zeros]) {
    for (const granularity of ['tensor', { axis: 0 }, { axis: -1 }]) {
      const make = () => {
        const scheme = { type: 'int8', symmetric: true, granularity };
        return new Observer({ method: 'minmax', scheme, policy: 'ignore' });
      };
      // Numbers, not text: -0 must not pass for 0.
      const bounds = (observer) => {
        const { min, max, nanCount, infinityCount } = observer.toJSON().statistics;
        return { data: Float64Array.of(...min, ...max, nanCount, infinityCount) };
      };
      const name = `Observer [${x.dims}] ${JSON.stringify(granularity)}`;
      yield [name, () => bounds(make().observe(x)), async () => bounds(await make().observeAsync(x))];
    }
    const flat = ({ counts, beyondLimit, nanCount }) => ({ data: BigUint64Array.of(...counts, beyondLimit, nanCount) });
    const options = { bins: 512, limit: 4 };
    const later = async () => flat(await histogramAsync(x, options));
    yield [`histogram [${x.dims}]`, () => flat(histogram(x, options)), later];
    const bytes = (sketch) => ({ data: sketch.toBytes() });
    for (const axis of [undefined, 0, -1]) {
      const make = () => new Sketch({ bins: 256, axis });
      const laterBytes = async () => bytes(await make().observeAsync(x));
      yield [`Sketch [${x.dims}] ${axis}`, () => bytes(make().observe(x)), laterBytes];
    }
  }
}

/**
 * Runs everything, synchronously or (mode 'async') with all calls of one kind in flight together.
 * @returns {Promise<Record<string, string>>} name of the call → hash of its result
 */
export async function runWorkload(octavo, mode = 'sync', seed = 1) {
  const hashes = {};
  for (const calls of [products, layers, conversions, statistics]) {
    const all = [...calls(octavo, makeRandom(seed))].map(async ([name, now, later]) => {
      const { data } = await (mode === 'async' ? later() : now());
      hashes[name] = hash(data instanceof Float32Array ? sameNaN(data) : data);
    });
    await Promise.all(all);
  }
  return hashes;
}
