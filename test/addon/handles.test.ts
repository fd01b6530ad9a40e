// The raw addon, as nobody should call it: what the binding checks for itself.
import { describe, expect, it } from 'vitest';
import { addon, type PackedHandle, type QuantizedLinearHandle, type QuantizedLinearSpec } from '../../lib/addon';
import { expectCode } from '../reference/expectations';

const pack = () => addon.packInt8(Int8Array.of(1, 2, 3, 4), 2, 2, false);
const packFloat = () => addon.packFloat32(Float32Array.of(1, 2, 3, 4), 2, 2, false);
const spec = (weights: PackedHandle): QuantizedLinearSpec => ({
  weights,
  weightScale: Float32Array.of(1),
  weightZeroPoint: null,
  inputScale: null,
  bias: null,
  input: null,
  output: { type: 'float32', scale: 1, zeroPoint: 0 },
  activation: null,
});
const layer = () => addon.createQuantizedLinear(spec(pack()));
const multiply = (b: unknown, out: Int32Array = new Int32Array(2), a: Int8Array = Int8Array.of(1, 1)) => {
  addon.matmulInt8(a, b as PackedHandle, out, 1, 2, null, null);
  return out;
};

describe('handles', () => {
  it('of another kind are refused', () => {
    expectCode(() => multiply(packFloat()), 'ERR_DTYPE', /packed int8 weights/);
    expectCode(() => multiply(layer()), 'ERR_DTYPE', /packed int8 weights/);
    const x = Float32Array.of(1, 1);
    expectCode(() => addon.matmulFloat32(x, pack(), new Float32Array(2), 1, 2), 'ERR_DTYPE', /packed float32/);
    const foreign = pack() as unknown as QuantizedLinearHandle;
    expectCode(() => addon.quantizedLinear(x, foreign, new Float32Array(2), 1, 2, null, 0), 'ERR_DTYPE', /layer/);
    expectCode(() => addon.createQuantizedLinear(spec(packFloat())), 'ERR_DTYPE', /packed int8, int4, codebook or/);
  });

  it('of packed int4 weights are of a kind of their own, which threads share', () => {
    const weights = addon.packInt4(Uint8Array.of(0x21, 0x43), Float32Array.of(1, 0.5), null, 2, 2, 0, true);
    expect(addon.packedShape(weights)).toEqual({ type: 'int4', k: 2, n: 2 });
    expectCode(() => multiply(weights), 'ERR_DTYPE', /packed int8 weights/);
    expectCode(() => addon.save(weights, 'weights.octavo'), 'ERR_DTYPE', /packed int8 weights or a layer/);
    const opened = addon.openShared(addon.share(weights)) as PackedHandle;
    addon.dispose(weights);
    const y = new Float32Array(2);
    const made = addon.createQuantizedLinear({ ...spec(opened), weightScale: null });
    addon.quantizedLinear(Float32Array.of(127, 127), made, y, 1, 2);
    expect([...y]).toEqual([127 * 3, (127 * 7) / 2]);
    expectCode(() => addon.createQuantizedLinear(spec(opened)), 'ERR_SHAPE', /weightScale .* are for int8 weights/);
    const integers = { ...spec(opened), weightScale: null, output: { type: 'int32', scale: 1, zeroPoint: 0 } } as const;
    expectCode(() => addon.createQuantizedLinear(integers), 'ERR_UNSUPPORTED', /an int32 output needs int8 weights/);
  });

  it('that are none are refused by every call that takes one', () => {
    const own = pack();
    const lookalikes = [
      {},
      [],
      Object.create(own),
      new Proxy(own, {}),
      { ...own },
      () => 0,
      'handle',
      1,
      null,
      undefined,
      new Map(),
    ];
    for (const value of lookalikes as never[]) {
      expectCode(() => multiply(value), 'ERR_DTYPE', /not a handle/);
      expectCode(() => addon.handleBytes(value), 'ERR_DTYPE', /not a handle/);
      expectCode(() => addon.dispose(value), 'ERR_DTYPE', /not a handle/);
      expectCode(() => addon.createQuantizedLinear(spec(value)), 'ERR_DTYPE', /not a handle/);
    }
  });

  it('of another addon are none', () => {
    // onnxruntime-node keeps a session of its own behind this object.
    const path = require.resolve('onnxruntime-node/package.json').replace('package.json', 'dist/binding.js');
    const { binding } = require(path) as { binding: { InferenceSession: new () => PackedHandle } };
    const session = new binding.InferenceSession();
    expectCode(() => addon.handleBytes(session), 'ERR_DTYPE', /not a handle/);
    expectCode(() => multiply(session), 'ERR_DTYPE', /not a handle/);
    expectCode(() => addon.dispose(session), 'ERR_DTYPE', /not a handle/);
  });

  it('are told by what they wrap, not by their prototype', () => {
    const changed = Object.setPrototypeOf(pack(), Float32Array.prototype);
    expect([...multiply(changed)]).toEqual([4, 6]);
    Object.freeze(changed);
    expect([...multiply(changed)]).toEqual([4, 6]);
  });

  it('are refused once disposed of, by every call that takes one; a layer keeps its weights', () => {
    const weights = pack();
    const made = addon.createQuantizedLinear(spec(weights));
    addon.dispose(weights);
    addon.dispose(weights);
    expectCode(() => multiply(weights), 'ERR_DISPOSED');
    expectCode(() => addon.handleBytes(weights), 'ERR_DISPOSED');
    expectCode(() => addon.createQuantizedLinear(spec(weights)), 'ERR_DISPOSED');
    const y = new Float32Array(2);
    addon.quantizedLinear(Float32Array.of(127, 127), made, y, 1, 2, null, 0);
    expect([...y]).toEqual([508, 762]);
    addon.dispose(made);
    expectCode(() => addon.quantizedLinear(Float32Array.of(1, 1), made, y, 1, 2, null, 0), 'ERR_DISPOSED');
  });

  it('may be disposed of by a getter of the call that uses them', () => {
    const weights = pack();
    const hostile = Object.defineProperty(spec(weights), 'weightScale', {
      get: () => {
        addon.dispose(weights);
        return Float32Array.of(1);
      },
    });
    expect(addon.handleBytes(addon.createQuantizedLinear(hostile))).toBeGreaterThan(0);
  });
});

describe('an activation', () => {
  it.each<[number, unknown, unknown, 'ERR_RANGE' | 'ERR_DTYPE', RegExp]>([
    [5, 0, 1, 'ERR_RANGE', /activation must be the number of a kind/],
    [-1, 0, 1, 'ERR_RANGE', /activation must be/],
    [1.5, 0, 1, 'ERR_RANGE', /activation must be/],
    [Number.NaN, 0, 1, 'ERR_RANGE', /activation must be/],
    [1, 2, 1, 'ERR_RANGE', /low <= high/],
    [1, Number.NaN, 1, 'ERR_RANGE', /low <= high/],
    [1, '0', 1, 'ERR_DTYPE', /low must be a number/],
    [1, 0, undefined, 'ERR_DTYPE', /high must be a number/],
  ])('of kind %j with bounds %j and %j is refused', (kind, low, high, code, message) => {
    const [x, out] = [Float32Array.of(1, 1), new Float32Array(2)];
    const bounds = [low, high] as [number, number];
    expectCode(() => addon.matmulFloat32(x, packFloat(), out, 1, 2, null, kind, ...bounds), code, message);
  });
});

describe('memory', () => {
  const b = pack();

  it('in a SharedArrayBuffer is refused, as input and as output', () => {
    const shared = new SharedArrayBuffer(8);
    expectCode(() => multiply(b, new Int32Array(2), new Int8Array(shared, 0, 2)), 'ERR_DTYPE', /SharedArrayBuffer/);
    expectCode(() => multiply(b, new Int32Array(shared)), 'ERR_DTYPE', /SharedArrayBuffer/);
  });

  it('that was detached has no length', () => {
    for (const which of ['a', 'out'] as const) {
      const [a, out] = [Int8Array.of(1, 1), new Int32Array(2)];
      structuredClone(0, { transfer: [(which === 'a' ? a : out).buffer] });
      expectCode(() => multiply(b, out, a), 'ERR_SHAPE', new RegExp(which));
    }
  });

  it('that was detached is not taken for an argument that was left out', () => {
    const gone = <T extends Float32Array | Int32Array>(array: T): T => {
      structuredClone(0, { transfer: [array.buffer as ArrayBuffer] });
      return array;
    };
    const [x, y] = [Float32Array.of(1, 1), new Float32Array(2)];
    const bias = gone(new Float32Array(2));
    expectCode(() => addon.matmulFloat32(x, packFloat(), y, 1, 2, bias), 'ERR_SHAPE', /bias must have length n/);
    const layer = addon.createQuantizedLinear(spec(b));
    const residual = gone(new Float32Array(2));
    expectCode(() => addon.quantizedLinear(x, layer, y, 1, 2, residual, 2), 'ERR_SHAPE', /residual is too short/);
    const zero = gone(new Int32Array(1));
    const [a, out] = [Int8Array.of(1, 1), new Int32Array(2)];
    expectCode(() => addon.matmulInt8(a, b, out, 1, 2, zero, null), 'ERR_SHAPE', /aZeroPoint must have length 1/);
    expectCode(() => addon.matmulInt8(a, b, out, 1, 2, null, zero), 'ERR_SHAPE', /bZeroPoint must have length 1/);
  });

  const resizable = 'resizable' in ArrayBuffer.prototype;
  it.skipIf(!resizable)('that shrank under a view is refused; that grew is read as far as the view goes', () => {
    interface Resizable extends ArrayBuffer {
      resize(length: number): void;
    }
    const Buffer = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => Resizable;
    const buffer = new Buffer(8, { maxByteLength: 64 });
    const [fixed, tracking] = [new Int8Array(buffer, 0, 8), new Int8Array(buffer)];
    fixed.fill(1);
    const run = (a: Int8Array) => {
      const out = new Int32Array(2);
      addon.matmulInt8(a, b, out, 1, 2, null, null);
      return [...out];
    };
    expect([run(fixed), run(tracking)]).toEqual([
      [4, 6],
      [4, 6],
    ]);
    buffer.resize(64);
    expect([run(fixed), run(tracking)]).toEqual([
      [4, 6],
      [4, 6],
    ]);
    buffer.resize(1);
    expectCode(() => run(fixed), 'ERR_SHAPE', /too short/);
    expectCode(() => run(tracking), 'ERR_SHAPE', /too short/);
    buffer.resize(0);
    expectCode(() => run(tracking), 'ERR_SHAPE', /too short/);
  });
});

describe('sizes', () => {
  const b = pack();
  const a = Int8Array.of(1, 1);

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53, 1e300, '1', null, undefined, {}, 1n])(
    'that are none: %s',
    (size) => {
      const wrong = size as number;
      expectCode(
        () => addon.matmulInt8(a, b, new Int32Array(2), wrong, 2, null, null),
        ['ERR_RANGE', 'ERR_DTYPE'],
        /m must/,
      );
      expectCode(
        () => addon.matmulInt8(a, b, new Int32Array(2), 1, wrong, null, null),
        ['ERR_RANGE', 'ERR_DTYPE'],
        /Stride must/,
      );
      expectCode(() => addon.packInt8(a, wrong, 2, false), ['ERR_RANGE', 'ERR_DTYPE'], /k must/);
      expectCode(
        () => addon.minMax(new Float32Array(2), new Float32Array(2), new Float64Array(2), wrong),
        ['ERR_RANGE', 'ERR_DTYPE'],
      );
    },
  );

  it.each([2 ** 31, 2 ** 32, 2 ** 52, 2 ** 53 - 1])('that no array has: %i', (size) => {
    expectCode(() => addon.matmulInt8(a, b, new Int32Array(2), size, 2, null, null), 'ERR_SHAPE');
    expectCode(() => addon.matmulInt8(a, b, new Int32Array(4), 2, size, null, null), 'ERR_SHAPE');
    expectCode(() => addon.packInt8(a, size, size, false), 'ERR_SHAPE');
    expectCode(() => addon.packFloat32(new Float32Array(2), 2, size, true), 'ERR_SHAPE');
    expectCode(
      () => addon.multiplyFloat32(new Float32Array(2), new Float32Array(2), new Float32Array(2), 1, 2, 2, size),
      'ERR_SHAPE',
    );
    expectCode(() => addon.minMax(new Float32Array(2), new Float32Array(4), new Float64Array(2), size), 'ERR_SHAPE');
  });

  it('of outputs must be exact', () => {
    for (const length of [0, 1, 3]) {
      const [int32, float32] = [new Int32Array(length), new Float32Array(length)];
      const x = Float32Array.of(1, 1);
      expectCode(() => multiply(b, int32), 'ERR_SHAPE', /out must hold/);
      expectCode(() => addon.matmulFloat32(x, packFloat(), float32, 1, 2), 'ERR_SHAPE', /out must hold/);
      expectCode(
        () => addon.multiplyFloat32(x, new Float32Array(4), float32, 1, 2, 2, 2),
        'ERR_SHAPE',
        /out must hold/,
      );
      expectCode(() => addon.quantizedLinear(x, layer(), float32, 1, 2, null, 0), 'ERR_SHAPE', /out must hold/);
      expectCode(
        () => addon.quantize(x, new Int8Array(length), Float32Array.of(1), Int32Array.of(0), 1),
        'ERR_SHAPE',
        /out/,
      );
      expectCode(() => addon.minMax(x, float32, new Float64Array(2), 1), 'ERR_SHAPE');
    }
  });

  it('of a residual must suffice, and an int32 output takes none', () => {
    const [x, made] = [Float32Array.of(1, 1), layer()];
    const add =
      (residual: Float32Array, stride: number, m = 2) =>
      () =>
        addon.quantizedLinear(new Float32Array(2 * m), made, new Float32Array(2 * m), m, 2, residual, stride);
    expectCode(add(new Float32Array(3), 2), 'ERR_SHAPE', /residual is too short/);
    expectCode(add(new Float32Array(4), 3), 'ERR_SHAPE', /residual is too short/);
    expectCode(add(new Float32Array(4), 1), 'ERR_SHAPE', /at least n/);
    expectCode(add(new Float64Array(4) as never, 2), 'ERR_DTYPE', /residual/);
    add(new Float32Array(5), 3)();
    add(new Float32Array(2), 0, 1)();
    const output = { type: 'int32', scale: 1, zeroPoint: 0 } as const;
    const sums = addon.createQuantizedLinear({ ...spec(pack()), output });
    expectCode(
      () => addon.quantizedLinear(x, sums, new Int32Array(2), 1, 2, new Float32Array(2), 2),
      'ERR_DTYPE',
      /int32 output/,
    );
  });

  it('of weights without values cost neither time nor memory', () => {
    const empty = addon.packFloat32(new Float32Array(0), 0, 2 ** 40, false);
    addon.matmulFloat32(new Float32Array(0), empty, new Float32Array(0), 0, 0);
    expect(addon.packInt8(new Int8Array(0), 2 ** 40, 0, true)).toBeTypeOf('object');
    expectCode(() => addon.packInt8(new Int8Array(0), 0, 2 ** 50, true), 'ERR_NATIVE', /no memory/);
  });

  it('of memory for measurements are bounded, and it is aligned and touched', () => {
    expect(addon.allocateBytes(3)).toEqual(Uint8Array.of(1, 1, 1));
    expect(addon.allocateBytes(0)).toHaveLength(0);
    expectCode(() => addon.allocateBytes(2 ** 32 + 1), 'ERR_RANGE', /2\^32/);
  });

  it('of repeated passes are bounded', () => {
    expectCode(() => addon.readBytes(new Uint8Array(8), 2 ** 53 - 1), 'ERR_RANGE', /2\^38/);
    expectCode(() => addon.copyBytes(new Uint8Array(8), new Uint8Array(8), 2 ** 40), 'ERR_RANGE', /2\^38/);
    expectCode(() => addon.copyBytes(new Uint8Array(8), new Uint8Array(9), 1), 'ERR_SHAPE');
    expectCode(() => addon.measurePeak('int8', 1e9), 'ERR_RANGE');
    expectCode(() => addon.measurePeak('int4' as never, 1), 'ERR_RANGE');
  });
});
