// The script that trains the demo's model: its gradients are right, and what it writes computes what it trained.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { evaluate, type Model, readModel, validateModel } from '../../lib/onnx';
import { Random } from '../../lib/statistics';
import { toOnnx } from '../../scripts/cnn/export.mjs';
import { Network, softmaxGradient } from '../../scripts/cnn/network.mjs';

const root = path.join(__dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'octavo-cnn-'));
afterAll(() => rmSync(folder, { recursive: true }));

const random = new Random(5);
const network = new Network(random);
const pictures = Float32Array.from({ length: 3 * 784 }, () => random.uniform());
const labels = Int32Array.of(1, 7, 3);
beforeAll(() => {
  for (const { bias } of network.layers) for (let i = 0; i < bias.length; i++) bias[i] = 0.1 * random.normal();
});

const loss = (): number => softmaxGradient(network.forward(pictures), labels) / labels.length;

/** The slope of the loss along some values of an array. */
function slopes(values: Float32Array, places: readonly number[]): number[] {
  const step = 1e-3;
  return places.map((i) => {
    const value = values[i]!;
    const at = (moved: number): number => {
      values[i] = moved;
      return loss();
    };
    const slope = (at(value + step) - at(value - step)) / (2 * step);
    values[i] = value;
    return slope;
  });
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

it('the gradients point where the loss rises', () => {
  const logits = network.forward(pictures);
  softmaxGradient(logits, labels);
  network.backward(logits);
  for (const { weight, bias, gradients = { weight, bias } } of network.layers)
    for (const [values, gradient] of [
      [weight, gradients.weight],
      [bias, gradients.bias],
    ] as const) {
      const places = Array.from({ length: 20 }, () => random.integer(values.length));
      const [measured, given] = [slopes(values, places), places.map((i) => gradient[i]!)];
      expect(dot(measured, given) / Math.sqrt(dot(measured, measured) * dot(given, given))).toBeGreaterThan(0.999);
    }
});

it('the model computes what the network does', async () => {
  const model = toOnnx(network.layers, new Map()) as Model;
  validateModel(model);
  const { logits } = await evaluate(model, { image: { type: 'float32', dims: [3, 1, 28, 28], data: pictures } });
  const expected = network.forward(pictures) as Float32Array;
  expect(logits!.dims).toEqual([3, 10]);
  const actual = logits!.data as Float32Array;
  for (let i = 0; i < 3; i++)
    for (let k = 0; k < 10; k++) expect(actual[10 * i + k]).toBeCloseTo(expected[3 * k + i]!, 4);
});

it('the same options give the same bytes', () => {
  const [first, second] = ['a', 'b'].map((name) => {
    const file = path.join(folder, `${name}.onnx`);
    const options = ['--drawn', '64', '--epochs', '1', '--tested', '20', '--out', file];
    execFileSync(process.execPath, [path.join('scripts', 'train_cnn.mjs'), ...options], { cwd: root });
    return readFileSync(file);
  });
  expect(first!.equals(second!)).toBe(true);
  expect(readModel(first!).metadata.get('options')).toContain('--drawn 64 --epochs 1');
});

it('the model that ships is small, and was made with the defaults', () => {
  const file = path.join(root, 'assets', 'digits.onnx');
  expect(statSync(file).size).toBeLessThan(200_000);
  const { metadata, graph } = readModel(file);
  expect(metadata.get('trained_on')).toBe('60000 images: drawn digits (seed 1)');
  expect(graph.nodes.filter(({ opType }) => opType === 'Conv')).toHaveLength(4);
  const [right, , total] = metadata.get('test_accuracy')!.split(' ').map(Number);
  expect(right! / total!).toBeGreaterThan(0.98);
});
