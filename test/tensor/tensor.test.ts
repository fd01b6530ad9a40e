import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { DTYPES, type DType, matmulInt8, matmulInt8Async, QuantizedLinear, Tensor } from '../../lib';
import { expectCode } from '../reference/expectations';

const ARRAYS: Record<DType, [{ new (length: number): ArrayLike<unknown>; name: string }, perElement: number]> = {
  float32: [Float32Array, 1],
  float16: [Uint16Array, 1],
  bfloat16: [Uint16Array, 1],
  int8: [Int8Array, 1],
  uint8: [Uint8Array, 1],
  int16: [Int16Array, 1],
  uint16: [Uint16Array, 1],
  int32: [Int32Array, 1],
  int64: [BigInt64Array, 1],
  bool: [Uint8Array, 1],
  int4: [Uint8Array, 2],
  uint4: [Uint8Array, 2],
  nf4: [Uint8Array, 2],
  fp4: [Uint8Array, 2],
};

describe('every element type', () => {
  it('is in the table', () => {
    expect([...DTYPES].sort()).toEqual(Object.keys(ARRAYS).sort());
  });

  it.each(DTYPES)('%s has its array class and values for each element', (type) => {
    const [ArrayClass, perElement] = ARRAYS[type];
    for (const dims of [[], [0], [7], [2, 3], [3, 0, 2]]) {
      const tensor = Tensor.zeros(type, dims);
      const count = dims.reduce((product, dim) => product * dim, 1);
      expect(tensor.data.constructor).toBe(ArrayClass);
      expect([tensor.size, tensor.data.length]).toEqual([count, Math.ceil(count / perElement)]);
      expect(new Tensor(type, tensor.data, dims)).toEqual(tensor);
      expectCode(() => new Tensor(type, new ArrayClass(9) as never, [20]), 'ERR_SHAPE', /length/);
      expectCode(() => new Tensor(type, new Float64Array(1) as never, [1]), 'ERR_DTYPE', new RegExp(ArrayClass.name));
    }
  });
});

describe('Tensor', () => {
  it('wraps its array, and copies and freezes its dims', () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const dims = [2, 3];
    const tensor = Tensor.from(data, dims);
    dims[0] = 99;
    expect(tensor.data).toBe(data);
    expect(tensor.dims).toEqual([2, 3]);
    expect(Object.isFrozen(tensor.dims)).toBe(true);
    expect(tensor.size).toBe(6);
  });

  it('follows from an array what it can, and one dimension without dims', () => {
    const arrays = [Float32Array, Int8Array, Uint8Array, Int16Array, Int32Array].map((array) => new array(3));
    const types = ['float32', 'int8', 'uint8', 'int16', 'int32'];
    expect(arrays.map((data) => Tensor.from(data as Int8Array).type)).toEqual(types);
    expect(Tensor.from(new BigInt64Array(2)).type).toBe('int64');
    expect(Tensor.from(Buffer.from('abc')).type).toBe('uint8');
    expect(Tensor.from(new Int8Array(3)).dims).toEqual([3]);
    expect(Tensor.from(new Uint16Array(4), [2, 2], 'bfloat16').type).toBe('bfloat16');
    expectCode(() => Tensor.from(new Uint16Array(4) as never), 'ERR_DTYPE', /element type is clear/);
  });

  it.each([
    [[-1], 'ERR_SHAPE'],
    [[1.5], 'ERR_SHAPE'],
    [[Number.NaN], 'ERR_SHAPE'],
    [[Infinity], 'ERR_SHAPE'],
    [[2 ** 30, 2 ** 30], 'ERR_SHAPE'],
    [[0, 2 ** 60], 'ERR_SHAPE'],
    [['3'], 'ERR_SHAPE'],
    [[3n], 'ERR_SHAPE'],
    [[Symbol('three')], 'ERR_SHAPE'],
    [[Object.create(null)], 'ERR_SHAPE'],
    [[[3]], 'ERR_SHAPE'],
    [new Array(3), 'ERR_SHAPE'],
    [new Array(1e9), 'ERR_SHAPE'],
    [Int32Array.of(3), 'ERR_DTYPE'],
    ['3', 'ERR_DTYPE'],
    [null, 'ERR_DTYPE'],
  ] as const)('refuses dims %#', (dims, code) => {
    expectCode(() => new Tensor('int8', new Int8Array(3), dims as never), code);
    expectCode(() => Tensor.zeros('int8', dims as never), code);
  });

  it.each([2 ** 53 - 1, 2 ** 45])('refuses to allocate %i values', (count) => {
    expectCode(() => Tensor.zeros('float32', [count]), 'ERR_SHAPE', /cannot allocate/);
  });

  it.each(['float64', 'toString', '__proto__', '', null, undefined, 3])('refuses the type %s', (type) => {
    expectCode(() => new Tensor(type as never, new Int8Array(1) as never, [1]), 'ERR_DTYPE', /element type/);
    expectCode(() => Tensor.zeros(type as never, [1]), 'ERR_DTYPE', /element type/);
  });

  it('refuses what only looks like its array', () => {
    const lookalikes = [
      Object.create(Int8Array.prototype),
      Object.defineProperty(new Int8Array(3), 'length', { value: 300 }),
      new Proxy(new Int8Array(3), {}),
      { length: 3, constructor: Int8Array },
      new DataView(new ArrayBuffer(3)),
      new Uint8Array(3),
      [1, 2, 3],
      undefined,
    ];
    for (const data of lookalikes) {
      expectCode(() => new Tensor('int8', data, [3]), 'ERR_DTYPE', /Int8Array/);
      expectCode(() => Tensor.from(data, undefined, 'int8'), 'ERR_DTYPE');
    }
  });
});

describe('tensors from elsewhere', () => {
  const expected = matmulInt8(Tensor.from(Int8Array.of(1, 2), [1, 2]), Tensor.from(Int8Array.of(3, 4), [2, 1]));
  const b = Tensor.from(Int8Array.of(3, 4), [2, 1]);

  it('may hold arrays of another realm, as input and as output', async () => {
    const data = vm.runInNewContext('Int8Array.of(-1, 2)') as Int8Array;
    const out = vm.runInNewContext('new Int32Array(1)') as Int32Array;
    expect(data).not.toBeInstanceOf(Int8Array);
    const a = { type: 'int8' as const, dims: [1, 2], data };
    expect(matmulInt8(a, b, { out }).data).toBe(out);
    expect(out[0]).toBe(5);
    expect((await matmulInt8Async(a, b)).data[0]).toBe(5);
    expect(Tensor.from(data).type).toBe('int8');
    const weight = Tensor.from(Float32Array.of(1, 0, 0, 1), [2, 2]);
    const y = vm.runInNewContext('new Float32Array(2)') as Float32Array;
    const x = vm.runInNewContext('Float32Array.of(127, -1)') as Float32Array;
    QuantizedLinear.from({ weight }).forward({ type: 'float32', dims: [1, 2], data: x }, { out: y });
    expect([...y]).toEqual([127, -1]);
  });

  it('may be objects of any class, with getters, which are read once', () => {
    const reads: string[] = [];
    const a = {
      get type() {
        reads.push('type');
        return 'int8' as const;
      },
      get dims() {
        reads.push('dims');
        return [1, 2];
      },
      get data() {
        reads.push('data');
        return Int8Array.of(1, 2);
      },
      get strides() {
        reads.push('strides');
        return undefined;
      },
    };
    expect(matmulInt8(a, b)).toEqual(expected);
    expect(reads.sort()).toEqual(['data', 'dims', 'strides', 'type']);
  });
});
