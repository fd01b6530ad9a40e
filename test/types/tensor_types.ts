// What the compiler must know about tensors, and must refuse. Compiled, never run.
import type * as ort from 'onnxruntime-node';
import { type DataOf, type DType, quantize, Tensor, type TensorLike } from '../../lib';
import type { CudaDevice, DeviceTensor } from '../../lib/cuda';
import { assertType, type Same } from './exact';

export function tensorsKnowTheirArrays(): void {
  const int8 = Tensor.from(new Int8Array(4), [2, 2]);
  assertType<Same<typeof int8, Tensor<'int8'>>>();
  assertType<Same<typeof int8.data, Int8Array>>();
  assertType<Same<typeof int8.type, 'int8'>>();
  const float32 = Tensor.from(Float32Array.of(1));
  assertType<Same<typeof float32.data, Float32Array>>();
  const bytes = Tensor.from(Buffer.from('abc'));
  assertType<Same<typeof bytes, Tensor<'uint8'>>>();
  const half = Tensor.from(new Uint16Array(4), [4], 'bfloat16');
  assertType<Same<typeof half, Tensor<'bfloat16'>>>();
  const zeros = Tensor.zeros('int64', [3]);
  assertType<Same<typeof zeros.data, BigInt64Array>>();
  assertType<Same<DataOf<'int4'>, Uint8Array>>();
  assertType<Same<TensorLike<'float32'>['data'], Float32Array>>();
}

export function arraysMustFitTheirType(): void {
  // @ts-expect-error a float array is no int8 data
  new Tensor('int8', new Float32Array(1), [1]);
  // @ts-expect-error a plain array is no data
  new Tensor('int8', [1, 2], [2]);
  // @ts-expect-error no such type
  new Tensor('float64', new Float64Array(1), [1]);
  // @ts-expect-error a Uint16Array may be float16, bfloat16 or uint16
  Tensor.from(new Uint16Array(1));
  // @ts-expect-error no type has float64 data
  Tensor.from(new Float64Array(1));
  // @ts-expect-error a named type must fit the array
  Tensor.from(new Int8Array(1), [1], 'float32');
  // @ts-expect-error dims are numbers
  Tensor.zeros('int8', ['3']);
  const tensor = Tensor.zeros('int8', [1]);
  // @ts-expect-error a tensor's dims do not change
  tensor.dims[0] = 2;
  // @ts-expect-error nor does its data
  tensor.data = new Int8Array(1);
  // @ts-expect-error tensors of another type are not assignable
  const other: Tensor<'uint8'> = tensor;
  void other;
}

export function foreignTensorsAreTensors(
  float32: ort.TypedTensor<'float32'>,
  int8: ort.TypedTensor<'int8'>,
  any: ort.Tensor,
): void {
  const first: TensorLike<'float32'> = float32;
  const second: TensorLike<'int8'> = int8;
  // @ts-expect-error onnxruntime's tensor of any type needs a check first
  const third: TensorLike<'int8'> = any;
  // @ts-expect-error its int8 tensor is no float32 tensor
  const fourth: TensorLike<'float32'> = int8;
  const every: TensorLike<DType> = Tensor.zeros('nf4', [2]);
  void [first, second, third, fourth, every];
}

export function tensorsOfAGpuAreNoneOfTheHost(device: CudaDevice): void {
  const there = device.tensor(Tensor.from(new Int8Array(4), [2, 2]));
  assertType<Same<typeof there, DeviceTensor<'int8'>>>();
  const back = there.toHost();
  assertType<Same<typeof back, Promise<Tensor<'int8'>>>>();
  // @ts-expect-error its values must be brought to the host
  quantize(device.empty('float32', [2]), { type: 'int8', symmetric: true, granularity: 'tensor' });
  // @ts-expect-error no tensor on the host takes part in what a device does
  there.device.minMax(Tensor.zeros('float32', [2]));
  // @ts-expect-error a GPU has no such values
  device.empty('int64', [2]);
}
