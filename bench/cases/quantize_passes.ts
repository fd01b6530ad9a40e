// Passes over a whole tensor with one scale: octavo, onnxruntime's operators, plain typed-array loops. All results equal.
import { Observer } from '../../lib/calibrate';
import { dequantize, type QParams, QuantizedTensor, quantize } from '../../lib/quantize';
import { Tensor } from '../../lib/tensor';
import type { CaseContext, Contestant, Work } from '../contestant';
import { randomFloat32, randomInt8 } from '../inputs';
import { peerTensor, quantizeModel } from '../peers/peer_models';
import { dequantizeLoop, quantizeLoop, rangeLoop } from '../peers/typed_array_quantize';
import { compareExact } from '../verify';
import { peerContestants } from './peer_contestant';

/** 4 bytes of every float32 value and 1 of every quantized one pass by. */
const passWork = (count: number): Work => ({
  operations: 0,
  arithmetic: 'float32',
  bytes: 5 * count,
  traffic: 'copy',
  memory: 'arrays',
});

/** Some values of [-1, 1) saturate. */
const SCALE = { int8: { scale: 0.0075, zeroPoint: 3 }, uint8: { scale: 0.0075, zeroPoint: 130 } } as const;

function paramsOf<T extends 'int8' | 'uint8'>(type: T): QParams<T> {
  const { scale, zeroPoint } = SCALE[type];
  return { type, scale: Float32Array.of(scale), zeroPoint: Int32Array.of(zeroPoint), granularity: 'tensor' };
}

/** A synchronous contestant that must give the expected values exactly. */
function exact(name: string, pass: Pass, out: Values, run: () => void): Contestant {
  return { name, work: pass.work, call: { kind: 'sync', run }, verify: () => compareExact(out, pass.expected) };
}

type Values = Float32Array | Int8Array | Uint8Array;

interface Pass {
  readonly work: Work;
  readonly expected: Values;
}

export async function prepareQuantize(
  type: 'int8' | 'uint8',
  count: number,
  context: CaseContext,
): Promise<Contestant[]> {
  const create = (): Int8Array | Uint8Array => (type === 'int8' ? new Int8Array(count) : new Uint8Array(count));
  const x = new Tensor('float32', randomFloat32(count, 1), [count]);
  const params = paramsOf(type);
  const scale = { ...SCALE[type], scale: params.scale[0] ?? Number.NaN };
  const [expected, out, looped] = [create(), create(), create()];
  quantizeLoop(x.data, expected, scale);
  const pass: Pass = { work: passWork(count), expected };
  const y = peerTensor(create(), [count]);
  const peer = await peerContestants(context.onnxruntime, {
    work: pass.work,
    model: quantizeModel(peerTensor(x.data, [count]), y, scale),
    verify: () => compareExact(y.data, expected),
  });
  const options = { out };
  return [
    exact('octavo', pass, out, () => void quantize(x, params, options)),
    ...peer,
    exact('typed arrays', pass, looped, () => quantizeLoop(x.data, looped, scale)),
  ];
}

export async function prepareDequantize(count: number, context: CaseContext): Promise<Contestant[]> {
  const params = paramsOf('int8');
  const scale = { ...SCALE.int8, scale: params.scale[0] ?? Number.NaN };
  const q = new QuantizedTensor(randomInt8(count, 1), [count], params);
  const [expected, out, looped] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  dequantizeLoop(q.data, expected, scale);
  const pass: Pass = { work: passWork(count), expected };
  const options = { out };
  const y = peerTensor(new Float32Array(count), [count]);
  const peer = await peerContestants(context.onnxruntime, {
    work: pass.work,
    model: quantizeModel(peerTensor(q.data, [count]), y, scale),
    verify: () => compareExact(y.data, expected),
  });
  return [
    exact('octavo', pass, out, () => void dequantize(q, options)),
    ...peer,
    exact('typed arrays', pass, looped, () => dequantizeLoop(q.data, looped, scale)),
  ];
}

export async function prepareMinMax(count: number): Promise<Contestant[]> {
  const x = new Tensor('float32', randomFloat32(count, 1), [count]);
  const [expected, looped] = [new Float32Array(2), new Float32Array(2)];
  rangeLoop(x.data, expected);
  const observer = new Observer({
    method: 'minmax',
    scheme: { type: 'int8', symmetric: false, granularity: 'tensor' },
  });
  const work: Work = { operations: 0, arithmetic: 'float32', bytes: 4 * count, traffic: 'read', memory: 'arrays' };
  const seen = (): Float32Array => {
    const { min, max } = observer.range();
    return Float32Array.of(min[0] ?? Number.NaN, max[0] ?? Number.NaN);
  };
  return [
    {
      name: 'octavo',
      work,
      call: { kind: 'sync', run: () => void observer.observe(x) },
      verify: () => compareExact(seen(), expected),
    },
    exact('typed arrays', { work, expected }, looped, () => rangeLoop(x.data, looped)),
  ];
}
