// What an asynchronous call is given may change or go away as soon as the call has returned its promise.
import { describe, expect, it } from 'vitest';
import * as octavo from '../../lib';
import { Linear, Observer, packWeights, QuantizedLinear, QuantizedTensor, Tensor } from '../../lib';
import { expectRejection } from '../reference/expectations';
import { Random } from '../reference/random';

type Array = Float32Array | Int32Array | Int8Array | Uint8Array;

/** Moves the memory of an array elsewhere, and writes over it there. */
function detach(array: Array): void {
  const buffer = array.buffer as ArrayBuffer;
  new Uint8Array(structuredClone(buffer, { transfer: [buffer] })).fill(77);
}

const long = Tensor.zeros('float32', [3_000_000]);

/** Keeps the only thread busy, so that calls made next have not begun when their inputs change. */
function occupyThread(): Promise<unknown> {
  octavo.runtime.threads = 1;
  return octavo.quantizeAsync(long, fixed);
}

const scheme = { type: 'int8', symmetric: false, granularity: { axis: 0 } } as const;
const fixed = {
  type: 'uint8',
  scale: Float32Array.of(0.02),
  zeroPoint: Int32Array.of(99),
  granularity: 'tensor',
} as const;
const layerWeight = Tensor.from(new Random(1).float32(40 * 50), [40, 50]);
const linear = new Linear(layerWeight, new Random(2).float32(40));
const dynamic = QuantizedLinear.from(linear);
const quantized = QuantizedLinear.from(linear, { activations: fixed, output: fixed });
const packed = packWeights(Tensor.from(new Random(3).int8(50 * 40), [50, 40]));

interface Prepared {
  /** Everything that is handed over. */
  readonly inputs: readonly Array[];
  readonly call: (options?: { out: never }) => Promise<{ data: Array }>;
}

const asData = (text: unknown) => ({ data: new TextEncoder().encode(JSON.stringify(text)) });

/** One call of every kind, on inputs of its own. */
const CALLS: Record<string, () => Prepared> = {
  quantizeAsync: () => {
    const [x, scale, zeroPoint] = [new Random(4).float32(3000, 9), new Float32Array(30).fill(0.1), new Int32Array(30)];
    const params = { ...scheme, scale, zeroPoint };
    return {
      inputs: [x, scale, zeroPoint],
      call: (options) => octavo.quantizeAsync(Tensor.from(x, [30, 100]), params, options),
    };
  },
  'quantizeAsync by a scheme': () => {
    const x = new Random(5).float32(3000, 9);
    return { inputs: [x], call: (options) => octavo.quantizeAsync(Tensor.from(x, [30, 100]), scheme, options) };
  },
  dequantizeAsync: () => {
    const [data, scale, zeroPoint] = [new Random(6).uint8(3000), Float32Array.of(0.5), Int32Array.of(7)];
    const q = new QuantizedTensor(data, [3000], { ...fixed, scale, zeroPoint });
    return { inputs: [data, scale, zeroPoint], call: () => octavo.dequantizeAsync(q) };
  },
  matmulInt8Async: () => {
    const random = new Random(7);
    const [a, b] = [random.uint8(30 * 50), random.int8(50 * 40)];
    const [aZeroPoint, bZeroPoint] = [random.int32(30, 0, 255), random.int32(40, -128, 127)];
    const call = (options?: object) =>
      octavo.matmulInt8Async(Tensor.from(a, [30, 50]), Tensor.from(b, [50, 40]), {
        aZeroPoint,
        bZeroPoint,
        ...options,
      });
    return { inputs: [a, b, aZeroPoint, bZeroPoint], call };
  },
  'matmulInt8Async with packed weights': () => {
    const [a, aZeroPoint] = [new Random(8).uint8(30 * 50), Int32Array.of(3)];
    const call = (options?: object) =>
      octavo.matmulInt8Async(Tensor.from(a, [30, 50]), packed, { aZeroPoint, ...options });
    return { inputs: [a, aZeroPoint], call };
  },
  'matmulInt8Async of batches': () => {
    const random = new Random(9);
    const [a, b] = [random.int8(6 * 10 * 20), random.int8(6 * 20 * 15)];
    const call = (options?: object) =>
      octavo.matmulInt8Async(Tensor.from(a, [6, 10, 20]), Tensor.from(b, [6, 20, 15]), options);
    return { inputs: [a, b], call };
  },
  matmulFloat32Async: () => {
    const [a, b] = [new Random(10).float32(30 * 50), new Random(11).float32(50 * 40)];
    const call = (options?: object) =>
      octavo.matmulFloat32Async(Tensor.from(a, [30, 50]), Tensor.from(b, [50, 40]), options);
    return { inputs: [a, b], call };
  },
  packWeightsAsync: () => {
    const b = new Random(12).int8(50 * 40);
    const rows = Tensor.from(new Random(13).uint8(50), [1, 50]);
    return {
      inputs: [b],
      call: async () => octavo.matmulInt8(rows, await octavo.packWeightsAsync(Tensor.from(b, [50, 40]))),
    };
  },
  'Linear.forwardAsync': () => {
    const x = new Random(14).float32(30 * 50);
    return { inputs: [x], call: (options) => linear.forwardAsync(Tensor.from(x, [30, 50]), options) };
  },
  'QuantizedLinear.forwardAsync': () => {
    const x = new Random(15).float32(30 * 50);
    return { inputs: [x], call: (options) => dynamic.forwardAsync(Tensor.from(x, [30, 50]), options) };
  },
  'QuantizedLinear.forwardAsync of bytes': () => {
    const x = new Random(16).uint8(30 * 50);
    return { inputs: [x], call: (options) => quantized.forwardAsync(Tensor.from(x, [30, 50]), options) };
  },
  'Observer.observeAsync': () => {
    const x = new Random(17).float32(3000);
    const observer = new Observer({ method: 'minmax', scheme });
    return { inputs: [x], call: async () => asData(await observer.observeAsync(Tensor.from(x, [30, 100]))) };
  },
  histogramAsync: () => {
    const x = new Random(18).float32(3000);
    const later = octavo.histogramAsync;
    return {
      inputs: [x],
      call: async () => ({ data: new Uint8Array((await later(Tensor.from(x), { bins: 64, limit: 1 })).counts.buffer) }),
    };
  },
};

describe.each(Object.entries(CALLS))('%s', (_, prepare) => {
  it('has what it needs when it returns: inputs may be overwritten, or detached', async () => {
    const expected = (await prepare().call()).data;
    expect(new Set(expected).size).toBeGreaterThan(1);
    for (const spoil of [(input: Array) => input.fill(77), detach]) {
      const { inputs, call } = prepare();
      const busy = occupyThread();
      const promise = call();
      inputs.forEach(spoil);
      expect((await promise).data).toEqual(expected);
      await busy;
    }
  });
});

const WITH_OUT = Object.entries(CALLS).filter(([name]) => !/dequantize|pack.*Async$|observe|histogram/.test(name));
describe.each(WITH_OUT)('%s', (_, prepare) => {
  it('writes its result into out, or is rejected if that was detached meanwhile', async () => {
    const expected = (await prepare().call()).data;
    const out = expected.slice().fill(0);
    const promise = prepare().call({ out: out as never });
    expect(out.every((value) => value === 0)).toBe(true); // not before it is done
    expect((await promise).data).toBe(out);
    expect(out).toEqual(expected);
    const lost = expected.slice();
    const refused = prepare().call({ out: lost as never });
    detach(lost);
    await expectRejection(refused, 'ERR_SHAPE', /out must have length \d+.*got 0/);
  });
});
