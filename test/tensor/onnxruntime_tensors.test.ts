// onnxruntime-node's own Tensor objects go straight in, and octavo's go straight out.
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeOnnxModel } from '../../bench/peers/onnx_model';
import {
  dequantize,
  histogram,
  Linear,
  matmulFloat32,
  matmulInt8,
  matmulInt8Async,
  Observer,
  packWeights,
  QuantizedLinear,
  QuantizedTensor,
  quantize,
  quantizeAsync,
  Tensor,
} from '../../lib';
import { expectCode } from '../reference/expectations';
import { Random } from '../reference/random';

const random = new Random(41);
const [m, n, k] = [5, 8, 12];
const floats = random.float32(m * k, 3);
const weights = random.float32(n * k, 1);
const bytes = { int8: random.int8(m * k), uint8: random.uint8(m * k) };
const b = random.int8(k * n);

describe("onnxruntime-node's tensors are taken as they are", () => {
  const x = new ort.Tensor('float32', floats, [m, k]);
  const own = Tensor.from(floats, [m, k]);
  const scheme = { type: 'int8', symmetric: true, granularity: { axis: 0 } } as const;

  it('by quantize and dequantize', async () => {
    expect(quantize(x, scheme)).toEqual(quantize(own, scheme));
    expect(await quantizeAsync(x, scheme)).toEqual(quantize(own, scheme));
    const q = quantize(own, scheme);
    const foreign = Object.assign(new ort.Tensor('int8', q.data as Int8Array, q.dims), { params: q.params });
    expect(dequantize(foreign as QuantizedTensor)).toEqual(dequantize(q));
  });

  it('by matmulInt8 on both sides, packed or not, int8 and uint8', async () => {
    const right = new ort.Tensor('int8', b, [k, n]);
    const ownRight = Tensor.from(b, [k, n]);
    const left8 = new ort.Tensor('int8', bytes.int8, [m, k]);
    const left = new ort.Tensor('uint8', bytes.uint8, [m, k]);
    const expected = matmulInt8(Tensor.from(bytes.uint8, [m, k]), ownRight);
    expect(matmulInt8(left, right)).toEqual(expected);
    expect(matmulInt8(left, packWeights(right))).toEqual(expected);
    expect(await matmulInt8Async(left, right)).toEqual(expected);
    expect(matmulInt8(left8, right)).toEqual(matmulInt8(Tensor.from(bytes.int8, [m, k]), ownRight));
  });

  it('by matmulFloat32, Linear and QuantizedLinear', () => {
    const weight = new ort.Tensor('float32', weights, [n, k]);
    const ownWeight = Tensor.from(weights, [n, k]);
    const bias = new ort.Tensor('float32', weights.slice(0, n), [n]);
    const transposed = new ort.Tensor('float32', weights, [k, n]);
    expect(matmulFloat32(x, transposed)).toEqual(matmulFloat32(own, Tensor.from(weights, [k, n])));
    const linear = new Linear(ownWeight, weights.slice(0, n));
    expect(new Linear(weight, bias).forward(x)).toEqual(linear.forward(own));
    expect(QuantizedLinear.from({ weight, bias }).forward(x)).toEqual(QuantizedLinear.from(linear).forward(own));
  });

  it('by observers and histograms', () => {
    const all = { ...scheme, granularity: 'tensor' } as const;
    expect(new Observer({ method: 'minmax', scheme: all }).observe(x).toJSON()).toEqual(
      new Observer({ method: 'minmax', scheme: all }).observe(own).toJSON(),
    );
    expect(histogram(x, { bins: 16, limit: 4 })).toEqual(histogram(own, { bins: 16, limit: 4 }));
  });

  it('and those of other types are refused', () => {
    const strings = new ort.Tensor('string', ['a', 'b'], [2]);
    expectCode(() => quantize(strings as never, scheme), 'ERR_DTYPE', /float32/);
    expectCode(
      () => matmulInt8(new ort.Tensor('int32', Int32Array.of(1), [1, 1]) as never, b as never),
      'ERR_DTYPE',
      /int8 or uint8/,
    );
  });
});

describe('onnxruntime-node takes tensors of octavo', () => {
  const sessions: ort.InferenceSession[] = [];
  afterAll(() => Promise.all(sessions.map((session) => session.release())));

  async function run(model: Uint8Array, feeds: Record<string, unknown>): Promise<ort.Tensor> {
    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    sessions.push(session);
    return (await session.run(feeds as Record<string, ort.Tensor>)).y!;
  }

  it('and both compute the same integers', async () => {
    // Small values: onnxruntime may saturate full-range ones on CPUs without VNNI.
    const a = Tensor.from(
      bytes.uint8.map((value) => value >> 2),
      [m, k],
    );
    const right = Tensor.from(
      b.map((value) => value >> 2),
      [k, n],
    );
    const model = encodeOnnxModel({
      nodes: [{ op: 'MatMulInteger', inputs: ['a', 'b'], outputs: ['y'] }],
      inputs: { a: { type: 'uint8', dims: [m, k] }, b: { type: 'int8', dims: [k, n] } },
      outputs: { y: { type: 'int32', dims: [m, n] } },
      initializers: {},
    });
    const y = await run(model, { a, b: right });
    expect([y.type, ...y.dims]).toEqual(['int32', m, n]);
    expect(y.data).toEqual(matmulInt8(a, right).data);
  });

  it('and both quantize and dequantize to the same values', async () => {
    const params = {
      type: 'uint8',
      scale: Float32Array.of(0.03),
      zeroPoint: Int32Array.of(117),
      granularity: 'tensor',
    } as const;
    const x = Tensor.from(floats, [m, k]);
    const initializers = {
      scale: { type: 'float32' as const, dims: [], data: params.scale },
      zero: { type: 'uint8' as const, dims: [], data: Uint8Array.from(params.zeroPoint) },
    };
    const graph = (op: string, type: 'float32' | 'uint8', result: 'float32' | 'uint8') =>
      encodeOnnxModel({
        nodes: [{ op, inputs: ['x', 'scale', 'zero'], outputs: ['y'] }],
        inputs: { x: { type, dims: [m, k] } },
        outputs: { y: { type: result, dims: [m, k] } },
        initializers,
      });
    const q = quantize(x, params);
    expect(q).toBeInstanceOf(QuantizedTensor);
    expect((await run(graph('QuantizeLinear', 'float32', 'uint8'), { x })).data).toEqual(q.data);
    expect((await run(graph('DequantizeLinear', 'uint8', 'float32'), { x: q })).data).toEqual(dequantize(q).data);
  });
});
