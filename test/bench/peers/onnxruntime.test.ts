import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { PeerModel } from '../../../bench/contestant';
import { randomFloat32, randomInt8, randomUint8 } from '../../../bench/inputs';
import { findOnnxRuntime } from '../../../bench/peers/onnxruntime';
import * as models from '../../../bench/peers/peer_models';
import { multiplyFloat32 } from '../../../bench/peers/typed_array_float32';
import { multiplyInt8, transpose } from '../../../bench/peers/typed_array_int8';

const { peerTensor } = models;
const m = 3;
const n = 8;
const k = 40;

async function runPeer(model: PeerModel): Promise<PeerModel['output']['tensor']['data']> {
  const { factory, reason } = findOnnxRuntime(1);
  if (factory === undefined) throw new Error(reason);
  const peer = await factory.create(model);
  await peer.call.run();
  await peer.dispose?.();
  return model.output.tensor.data;
}

describe('findOnnxRuntime', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-peer-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('finds the package and its version', () => {
    expect(findOnnxRuntime(1).factory).toMatchObject({
      name: 'onnxruntime',
      title: expect.stringMatching(/^onnxruntime-node \d/),
    });
  });

  it('takes the first folder that has it', () => {
    expect(findOnnxRuntime(1, [folder, __dirname]).factory).toBeDefined();
  });

  it('tells why there is none', () => {
    expect(findOnnxRuntime(1, [folder])).toEqual({ reason: 'onnxruntime-node is not installed here' });
    const broken = path.join(folder, 'node_modules/onnxruntime-node');
    mkdirSync(broken, { recursive: true });
    writeFileSync(path.join(broken, 'index.js'), "throw new Error('no binary\\nfor this system');");
    expect(findOnnxRuntime(1, [folder])).toEqual({ reason: 'onnxruntime-node does not load: no binary' });
  });
});

describe('onnxruntime-node as a peer', () => {
  it('leaves the output tensor alone where each call wants a result of its own', async () => {
    const [a, b] = [peerTensor(randomUint8(m * k, 2), [m, k]), peerTensor(randomInt8(k * n, 1), [k, n])];
    const model = models.matMulIntegerModel(a, b, peerTensor(new Int32Array(m * n), [m, n]));
    expect(await runPeer({ ...model, ownResults: true })).toEqual(new Int32Array(m * n));
  });

  it('multiplies 8-bit integers into the output tensor it is given', async () => {
    // Small values: full-range ones may saturate inside onnxruntime on CPUs without VNNI.
    const b = randomInt8(k * n, 1).map((value) => value >> 2);
    for (const a of [randomUint8(m * k, 2).map((value) => value >> 2), randomInt8(m * k, 3)]) {
      const out = new Int32Array(m * n);
      multiplyInt8(a, transpose(b, k, n), out, { m, n, k });
      const y = peerTensor(new Int32Array(m * n), [m, n]);
      expect(await runPeer(models.matMulIntegerModel(peerTensor(a, [m, k]), peerTensor(b, [k, n]), y))).toEqual(out);
    }
  });

  it('multiplies floats and adds a bias', async () => {
    const [a, b, bias] = [randomFloat32(m * k, 4), randomFloat32(k * n, 5), randomFloat32(n, 6)];
    const out = new Float32Array(m * n);
    multiplyFloat32(a, transpose(b, k, n), out, { m, n, k });
    const y = peerTensor(new Float32Array(m * n), [m, n]);
    const [x, w] = [peerTensor(a, [m, k]), peerTensor(b, [k, n])];
    const plain = Array.from(await runPeer(models.matMulModel(x, w, y)));
    for (const [i, value] of plain.entries()) expect(value).toBeCloseTo(out[i]!, 4);
    const biased = await runPeer(models.matMulModel(x, w, y, peerTensor(bias, [n])));
    for (const [i, value] of biased.entries()) expect(value).toBeCloseTo(out[i]! + bias[i % n]!, 4);
  });

  it('runs the quantized layers, dynamic and static', async () => {
    const a = Float32Array.from({ length: k }, (_, p) => p - 20); // its own scale is 39 / 255
    const layer = {
      w: peerTensor(new Int8Array(k * n).fill(1), [k, n]),
      wScale: peerTensor(
        Float32Array.from({ length: n }, (_, j) => j + 1),
        [n],
      ),
      bias: peerTensor(new Float32Array(n).fill(1000), [n]),
    };
    const y = peerTensor(new Float32Array(n), [1, n]);
    const dynamic = await runPeer(models.dynamicLinearModel(peerTensor(a, [1, k]), layer, y));
    for (const [j, value] of dynamic.entries()) {
      expect(Math.abs(value - (1000 - 20 * (j + 1)))).toBeLessThan(4 * (j + 1));
    }

    const q = Uint8Array.from({ length: k }, (_, p) => p);
    const scales = { x: { scale: 0.5, zeroPoint: 20 }, y: { scale: 2, zeroPoint: 128 } };
    const target = peerTensor(new Uint8Array(n), [1, n]);
    const fixed = await runPeer(models.staticLinearModel(peerTensor(q, [1, k]), layer, target, scales));
    // sum of (q - 20) = -20; times 0.5 * (j + 1) / 2, plus 128
    expect(Array.from(fixed)).toEqual([123, 118, 113, 108, 103, 98, 93, 88]);
  });

  it('quantizes and dequantizes whole tensors', async () => {
    const x = peerTensor(Float32Array.of(-100, -1, 0, 0.5, 1.5, 100), [6]);
    const q = peerTensor(new Int8Array(6), [6]);
    expect(await runPeer(models.quantizeModel(x, q, { scale: 0.5, zeroPoint: 3 }))).toEqual(
      Int8Array.of(-128, 1, 3, 4, 6, 127),
    );
    const back = peerTensor(new Float32Array(6), [6]);
    expect(await runPeer(models.quantizeModel(q, back, { scale: 0.5, zeroPoint: 3 }))).toEqual(
      Float32Array.of(-65.5, -1, 0, 0.5, 1.5, 62),
    );
  });
});
