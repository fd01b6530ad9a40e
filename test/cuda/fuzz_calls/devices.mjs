// Valid arguments of devices, their tensors, and the addon's calls below them: [the function, its arguments].

const ARRAYS = { float32: Float32Array, float16: Uint16Array, int8: Int8Array, uint8: Uint8Array, int32: Int32Array };
const sizeOf = (dims) => dims.reduce((a, b) => a * b, 1);

/** What calls have in common: a device, and tensors of it. */
export class FuzzDevice {
  constructor(device, other) {
    this.device = device;
    this.other = other;
  }

  /** A tensor on the host as a plain object, whose every property can be spoiled. */
  plain(type, dims) {
    return { type, dims: [...dims], data: new ARRAYS[type](sizeOf(dims)), strides: undefined };
  }

  /** One on the device: now and then of another, disposed of, or a look-alike. */
  tensor(random, type, dims) {
    const made = (random.chance(0.04) ? this.other : this.device).tensor(this.plain(type, dims));
    if (random.chance(0.05)) made.dispose();
    if (random.chance(0.03)) return new Proxy(made, {});
    if (random.chance(0.03)) return Object.create(made, { dims: { value: [Symbol('dim')] } });
    return made;
  }
}

const anyType = (random) => random.pick(Object.keys(ARRAYS));
const anyDims = (random) => Array.from({ length: random.integer(0, 3) }, () => random.integer(0, 5));
const signal = (random) => random.pick([undefined, {}, { signal: new AbortController().signal }]);

export function deviceCalls({ cuda, CudaDevice, DeviceTensor }, fuzz) {
  const { device } = fuzz;
  return {
    cuda: (random) => [
      (...args) => cuda.open(...args).then((opened) => opened.dispose()),
      [0, { cublasLt: random.pick([undefined, 'auto', 'off']), signal: undefined }],
    ],
    CudaDevice: () => [(...args) => new CudaDevice(...args), [{}]],
    'CudaDevice.tensor': (random) => [
      (...args) => device.tensor(...args),
      [fuzz.plain(anyType(random), anyDims(random))],
    ],
    'CudaDevice.empty': (random) => [(...args) => device.empty(...args), [anyType(random), anyDims(random)]],
    'CudaDevice.synchronize': (random) => [(...args) => device.synchronize(...args), [signal(random) ?? {}]],
    DeviceTensor: (random) => [
      (...args) => new DeviceTensor(...args),
      [device, { type: anyType(random), dims: anyDims(random) }, {}],
    ],
    'DeviceTensor.toHost': (random) => [
      (self, options) => DeviceTensor.prototype.toHost.call(self, options),
      [fuzz.tensor(random, anyType(random), anyDims(random)), signal(random)],
    ],
  };
}

/** The addon's own: handles instead of objects. */
export function rawDeviceCalls(addon, { device, memory }) {
  const handle = (random, make) => {
    const made = random.chance(0.1) ? random.pick([device, () => memory(8), () => ({})])() : make();
    if (random.chance(0.03)) return Object.create(made);
    if (random.chance(0.03)) return new Proxy(made, {});
    return made;
  };
  const gone = (random, bytes) => {
    const made = memory(bytes);
    if (random.chance(0.05)) addon.dispose(made);
    return made;
  };
  return {
    cudaReason: () => [],
    cudaDevices: () => [],
    cudaOpen: () => [0, 'auto'],
    cudaDescribe: (random) => [handle(random, device)],
    cudaFreeBytes: (random) => [handle(random, device)],
    cudaAllocate: (random) => [handle(random, device), random.integer(0, 1000)],
    cudaUpload(random) {
      const [rows, bytes, apart] = [random.integer(0, 4), random.integer(0, 9), random.integer(0, 3)];
      const data = new Uint8Array(rows === 0 ? 0 : (rows - 1) * (bytes + apart) + bytes);
      return [handle(random, device), data, rows, bytes, bytes + apart];
    },
    cudaDownload(random) {
      const bytes = random.integer(0, 100);
      return [handle(random, () => gone(random, bytes)), new Uint8Array(bytes)];
    },
    cudaSynchronize: (random) => [handle(random, device)],
  };
}
