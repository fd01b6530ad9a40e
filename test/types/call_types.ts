// What the compiler must know about the calls, and must refuse. Compiled, never run.
import {
  chooseParams,
  dequantize,
  type LayerOutput,
  Linear,
  matmulFloat32,
  matmulInt8,
  matmulInt8Async,
  Observer,
  type OutputOf,
  PackedWeights,
  packWeights,
  packWeightsAsync,
  type QParams,
  QuantizedLinear,
  type QuantizedTensor,
  quantize,
  runtime,
  type ShareToken,
  Tensor,
} from '../../lib';
import { assertType, type Same } from './exact';

const int8 = Tensor.zeros('int8', [2, 2]);
const uint8 = Tensor.zeros('uint8', [2, 2]);
const float32 = Tensor.zeros('float32', [2, 2]);

export function products(): void {
  const c = matmulInt8(uint8, int8);
  assertType<Same<typeof c, Tensor<'int32'>>>();
  assertType<Same<typeof c.data, Int32Array>>();
  const later = matmulInt8Async(int8, packWeights(int8), { aZeroPoint: 3, bZeroPoint: new Int32Array(2) });
  assertType<Same<typeof later, Promise<Tensor<'int32'>>>>();
  const packed = packWeightsAsync(int8);
  assertType<Same<typeof packed, Promise<PackedWeights>>>();
  const product = matmulFloat32(float32, float32);
  assertType<Same<typeof product, Tensor<'float32'>>>();
  // @ts-expect-error float32 has no place in an integer product
  matmulInt8(float32, int8);
  // @ts-expect-error weights are int8, not uint8
  matmulInt8(int8, uint8);
  // @ts-expect-error nor float32
  packWeights(float32);
  // @ts-expect-error an int8 tensor is no float32 operand
  matmulFloat32(int8, float32);
  // @ts-expect-error the result is int32
  matmulInt8(int8, int8, { out: new Float32Array(4) });
  // @ts-expect-error a misspelt option
  matmulInt8(int8, int8, { zeroPoint: 3 });
  // @ts-expect-error a zero point is a number or an Int32Array
  matmulInt8(int8, int8, { aZeroPoint: [1, 2] });
}

export function quantization(params: QParams, q: QuantizedTensor): void {
  const quantized = quantize(float32, { type: 'int8', symmetric: true, granularity: { axis: 0 } });
  assertType<Same<typeof quantized, QuantizedTensor<'int8'>>>();
  const wide = chooseParams({ min: 0, max: 1 }, { type: 'int16', symmetric: true, granularity: 'tensor' });
  assertType<Same<typeof wide, QParams<'int16'>>>();
  const back = dequantize(quantized);
  assertType<Same<typeof back, Tensor<'float32'>>>();
  quantize(float32, params, { out: new Uint8Array(4) });
  // @ts-expect-error only float32 is quantized
  quantize(int8, params);
  // @ts-expect-error a tensor without parameters has no real values
  dequantize(int8);
  // @ts-expect-error no such type
  quantize(float32, { type: 'int32', symmetric: true, granularity: 'tensor' });
  // @ts-expect-error a scheme says whether it is symmetric
  quantize(float32, { type: 'int8', granularity: 'tensor' });
  // @ts-expect-error scales are float32
  const wrong: QParams = { ...params, scale: [1] };
  void [wrong, q];
}

export function layers(params: QParams): void {
  const linear = new Linear(float32, new Float32Array(2), { activation: { clip: [0, 6] } });
  const y = linear.forward(float32);
  assertType<Same<typeof y, Tensor<'float32'>>>();
  const layer = QuantizedLinear.from(linear, { activations: params, output: params, activation: 'relu' });
  const z = layer.forward(uint8);
  assertType<Same<typeof z, QuantizedTensor>>();
  const floats = QuantizedLinear.from({ weight: float32 }).forward(float32);
  assertType<Same<typeof floats, Tensor<'float32'>>>();
  const bytes = QuantizedLinear.from(linear, { output: params as QParams<'int8'> }).forward(float32);
  assertType<Same<typeof bytes, QuantizedTensor<'int8'>>>();
  const either = QuantizedLinear.from(linear, { output: Math.random() < 0.5 ? 'float32' : params }).forward(float32);
  assertType<Same<typeof either, Tensor<'float32'> | QuantizedTensor>>();
  const halves = QuantizedLinear.from(linear, { output: 'float16', activation: 'gelu' }).forward(float32, {
    residual: float32,
  });
  assertType<Same<typeof halves, Tensor<'float16'>>>();
  assertType<Same<OutputOf<LayerOutput>, Tensor<'float32'> | Tensor<'float16'> | QuantizedTensor>>();
  // @ts-expect-error a residual is float32
  layer.forward(uint8, { residual: int8 });
  // @ts-expect-error weights are float32
  new Linear(int8);
  // @ts-expect-error layers take float32
  linear.forward(int8);
  // @ts-expect-error no such activation
  QuantizedLinear.from(linear, { activation: 'tanh' });
  // @ts-expect-error made by from()
  new QuantizedLinear();
  // @ts-expect-error no int32 input
  layer.forward(Tensor.zeros('int32', [1, 2]));
}

export function sharingAndFiles(weights: PackedWeights, linear: Linear, layer: QuantizedLinear<'int8'>): void {
  const token = weights.share();
  assertType<Same<typeof token, ShareToken<'PackedWeights'>>>();
  const opened = PackedWeights.open(token);
  assertType<Same<typeof opened, PackedWeights>>();
  const [openedLinear, openedLayer] = [Linear.open(linear.share()), QuantizedLinear.open(layer.share())];
  assertType<Same<typeof openedLinear, Linear>>();
  assertType<Same<typeof openedLayer, QuantizedLinear>>();
  const loaded = PackedWeights.loadAsync('weights.octavo', { mmap: true });
  assertType<Same<typeof loaded, Promise<PackedWeights>>>();
  const loadedLayer = QuantizedLinear.load('layer.octavo');
  assertType<Same<typeof loadedLayer, QuantizedLinear>>();
  weights.save('weights.octavo');
  const saved = layer.saveAsync('layer.octavo');
  assertType<Same<typeof saved, Promise<void>>>();
  // @ts-expect-error a token of another class
  PackedWeights.open(layer.share());
  // @ts-expect-error a text is no token
  QuantizedLinear.open(token.id);
  // @ts-expect-error a Linear's token has its bias
  Linear.open({ octavo: 'Linear', id: token.id });
  // @ts-expect-error a misspelt option
  PackedWeights.load('weights.octavo', { map: true });
  // @ts-expect-error float layers are kept in safetensors files
  linear.save('layer.octavo');
}

export function others(): void {
  const observer = new Observer({ method: 'minmax', scheme: { type: 'int8', symmetric: true, granularity: 'tensor' } });
  const params = observer.observe(float32).params();
  assertType<Same<typeof params, QParams<'int8'>>>();
  // @ts-expect-error no such method
  new Observer({ method: 'median', scheme: observer.scheme });
  // @ts-expect-error observers take float32
  observer.observe(int8);
  assertType<Same<typeof runtime.isa, string>>();
  assertType<Same<typeof runtime.weightBytes, number>>();
  runtime.threads = 2;
  // @ts-expect-error the kernel set is chosen when the process starts
  runtime.isa = 'scalar';
}
