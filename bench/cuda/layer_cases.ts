// Layers on the GPU: dynamic ones beside the product alone, and weights of 4 bits beside those of 8 for a single row.
import type { DeviceLinear, DeviceTensor } from '../../lib/cuda';
import { QuantizedLinear } from '../../lib/linear';
import { Tensor } from '../../lib/tensor';
import { quantizeWeight } from '../../lib/weights';
import { randomFloat32 } from '../inputs';
import { compareExact } from '../verify';
import { Disposables, type GpuCase, type GpuContestant, type PreparedCase } from './contestant';
import { gemmWork, ownContestant, shapeName, WIDE } from './gemm_cases';
import { copiesBeyondCache, GemmOperands, type Shape } from './gemm_operands';
import { type Gpu, shrunk } from './gpu';

const DYNAMIC_ROWS = [16, 256, 4096];
/** Rows whose results are compared with the CPU's. */
const CHECKED_ROWS = 2;

const FORMATS: Readonly<Record<string, (weight: Tensor<'float32'>) => QuantizedLinear>> = {
  int8: (weight) => QuantizedLinear.from({ weight }),
  int4: (weight) =>
    QuantizedLinear.from({ weight: quantizeWeight(weight, { format: 'int4', group: 128, clip: 'range' }) }),
  nf4: (weight) => QuantizedLinear.from({ weight: quantizeWeight(weight, { format: 'nf4' }) }),
};

interface LayerInputs {
  readonly gpu: Gpu;
  readonly shape: Shape;
  readonly weight: Tensor<'float32'>;
  readonly host: Tensor<'float32'>;
  readonly x: DeviceTensor<'float32'>;
  readonly owned: Disposables;
}

function inputsOf(gpu: Gpu, shape: Shape): LayerInputs {
  const { m, n, k } = shape;
  const owned = new Disposables();
  const host = new Tensor('float32', randomFloat32(m * k, 3), [m, k]);
  const weight = new Tensor('float32', randomFloat32(n * k, 4), [n, k]);
  return { gpu, shape, weight, host, x: owned.add(gpu.device.tensor(host)), owned };
}

/** A layer of one format, in as many copies as it takes to leave the cache. */
function layerContestant(format: string, inputs: LayerInputs): GpuContestant {
  const { gpu, shape, weight, host, x, owned } = inputs;
  const { m, n, k } = shape;
  const make = FORMATS[format] as (weight: Tensor<'float32'>) => QuantizedLinear;
  const layer = make(weight);
  const rows = new Tensor('float32', (host.data as Float32Array).subarray(0, CHECKED_ROWS * k), [
    Math.min(CHECKED_ROWS, m),
    k,
  ]);
  const expected = layer.forward(rows).data as Float32Array;
  const first = owned.add(layer.to(gpu.device));
  const copies = copiesBeyondCache(gpu, first.byteLength);
  const layers: DeviceLinear[] = [first];
  while (layers.length < copies) layers.push(owned.add(layer.to(gpu.device)));
  layer.dispose();
  const out = owned.add(gpu.device.empty('float32', [m, n]));
  const { operations } = gemmWork(shape, 'float32');
  return {
    name: `octavo ${format}`,
    work: { operations, bytes: first.byteLength + 4 * m * (k + n), traffic: 'read' },
    launch: (turn) => void (layers[turn % copies] as DeviceLinear).forward(x, { out }),
    verify: async () =>
      compareExact(((await out.toHost()).data as Float32Array).subarray(0, expected.length), expected),
  };
}

async function prepareDynamic(gpu: Gpu, shape: Shape): Promise<PreparedCase> {
  const inputs = inputsOf(gpu, shape);
  const operands = inputs.owned.add(new GemmOperands(gpu, shape));
  const product = { ...ownContestant(operands, 'float32'), name: 'octavo product alone' };
  return { contestants: [product, layerContestant('int8', inputs)], dispose: inputs.owned.dispose };
}

async function prepareFormats(gpu: Gpu, shape: Shape): Promise<PreparedCase> {
  const inputs = inputsOf(gpu, shape);
  const contestants = Object.keys(FORMATS).map((format) => layerContestant(format, inputs));
  return { contestants, dispose: inputs.owned.dispose };
}

export function layerCases(gpu: Gpu): GpuCase[] {
  const [n, k] = [shrunk(gpu, WIDE), shrunk(gpu, WIDE)];
  const dynamic = [...new Set(DYNAMIC_ROWS.map((m) => shrunk(gpu, m)))].map((m): GpuCase => {
    const shape = { m, n, k };
    const family = 'dynamic layer';
    const name = `${family} ${shapeName(shape)}`;
    return { suite: 'linear', family, name, sizes: shape, heavy: m > 256, prepare: () => prepareDynamic(gpu, shape) };
  });
  const shape = { m: 1, n, k };
  const family = 'layer, formats of weights';
  const name = `${family} ${shapeName(shape)}`;
  return [...dynamic, { suite: 'linear', family, name, sizes: shape, prepare: () => prepareFormats(gpu, shape) }];
}
