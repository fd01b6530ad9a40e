// ResNet-8 beside what onnxruntime.quantization made of it, on real pictures.
import path from 'node:path';
import { expect, it } from 'vitest';
import { writeSketches } from '../../../lib/calibrate';
import { mergeSketchFiles } from '../../../lib/calibrate/merge_sketch_files';
import { type Feeds, readModel } from '../../../lib/onnx';
import { calibrateModel } from '../../../lib/onnx/calibrate';
import { compareModels } from '../../../lib/onnx/compare';
import { useFolder } from '../../data_files/written';
import { MISSING, openRealModel, REAL_MODELS } from '../real_models';

const SHARED = path.join(__dirname, '..', '..', '..', '..', 'shared', 'data');
const write = useFolder();

async function openResNet() {
  const { model, calibration } = await openRealModel(REAL_MODELS.find(({ name }) => name === 'ResNet-8')!);
  return { model, samples: calibration.slice(0, 16) as Feeds[] };
}

it.skipIf(MISSING !== undefined).each([
  ['qdq_u8s8_pc', 't22_DequantizeLinear_Output'],
  ['qop_u8s8_pc', 't22_pre_quantized/real'],
] as const)(
  `follows every layer of %s${MISSING === undefined ? '' : ` (${MISSING})`}`,
  async (form, counterpart) => {
    const { model, samples } = await openResNet();
    const quantized = readModel(path.join(SHARED, 'ort-quant', `ic_resnet8.${form}.onnx`));
    const compared = await compareModels(model, quantized, samples, {
      speed: false,
      executor: { kind: 'onnxruntime' },
    });
    // input, ten convolutions and sums with their activations folded in, pooling, Flatten, Gemm, Softmax
    expect(compared.layers.map(({ tensor }) => tensor).join(' ')).toBe(
      'input t22 t23 t24 t25 t26 t27 t28 t29 t30 t31 t32 t33 t34 t35 t36 t37',
    );
    expect(compared.layers[0]!.sqnr).toBe(Number.POSITIVE_INFINITY); // whole numbers from 0 to 255
    expect(compared.layers[1]).toMatchObject({ counterpart, opType: 'Relu', node: expect.any(String) });
    for (const { tensor, sqnr, cosine } of compared.layers) {
      expect(sqnr, tensor).toBeGreaterThan(18);
      expect(cosine, tensor).toBeGreaterThan(0.99);
    }
    expect(compared.outputs[0]!.agreement!.count).toBeGreaterThanOrEqual(15);
  },
  60_000,
);

it('sketches the same whether one machine runs all samples or two share them', async ({ skip }) => {
  if (MISSING !== undefined) skip(MISSING);
  const { model, samples } = await openResNet();
  const tensors = ['input', 't22', 't36'];
  const files = await Promise.all(
    [samples.slice(0, 5), samples.slice(5)].map(async (part, i) => {
      const file = write(new Uint8Array(0), `part${i}.sketches`);
      writeSketches(file, await calibrateModel(model, part, { tensors }));
      return file;
    }),
  );
  const whole = await calibrateModel(model, samples, { tensors });
  const merged = mergeSketchFiles(files);
  expect([...merged.keys()].sort()).toEqual([...tensors].sort());
  for (const [name, sketch] of whole) expect(merged.get(name)!.toBytes(), name).toEqual(sketch.toBytes());
});
