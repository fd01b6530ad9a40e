import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bertEncoder, residualNet } from '../../../bench/onnx/models';
import { inspectModel, type QuantizedState, readModel } from '../../../lib/onnx';
import { floats, ints, microModel, node, random, value } from '../micro_graph';

const DATA = path.join(__dirname, '..', '..', '..', '..', 'shared', 'data');

describe('inspectModel', () => {
  it('counts parameters, multiplications and what 8 bits can take', () => {
    const model = microModel({
      nodes: [node('Conv x,w,b -> c', { pads: [1, 1, 1, 1] }), node('Flatten c -> f'), node('MatMul f,m -> y')],
      inputs: [value('x', ['batch', 3, 8, 8])],
      constants: { w: random([4, 3, 3, 3]), b: random([4]), m: floats([256, 2], new Array<number>(512).fill(-3)) },
    });
    const result = inspectModel(model);
    expect(result.operators).toEqual({ Conv: 1, Flatten: 1, MatMul: 1 });
    expect(result.parameters).toMatchObject({ count: 108 + 4 + 512, bytes: 4 * 624 });
    expect(result.parameters.byOperator).toEqual({
      MatMul: { count: 512, bytes: 2048 },
      Conv: { count: 112, bytes: 448 },
    });
    expect(result.macs).toMatchObject({ byOperator: { Conv: 8 * 8 * 108, MatMul: 512 }, activations: 0, unknown: [] });
    expect(inspectModel(model, { dims: { x: [5, 3, 8, 8] } }).macs.total).toBe(5 * (64 * 108 + 512));
    expect(result.quantizable).toEqual({ parameters: 620 / 624, bytes: 620 / 624, macs: 1 });
    expect(result.weights.map(({ name }) => name)).toEqual(['m', 'w']);
    expect(result.weights[0]).toMatchObject({ node: 'y', opType: 'MatMul', min: -3, max: -3, dims: [256, 2] });
    expect(result.inputs).toEqual([{ name: 'x', elementType: 'float32', dims: ['batch', 3, 8, 8] }]);
  });

  it('tells multiplications of two activations, and tables, from those of weights', () => {
    const { macs, embeddings, state } = inspectModel(
      bertEncoder({ layers: 1, width: 32, heads: 2, hidden: 64, vocabulary: 50, sequence: 8 }),
    );
    expect(macs.activations).toBe(2 * 8 * 8 * 32);
    expect(macs.weighted).toBe(8 * (4 * 32 * 32 + 2 * 32 * 64));
    expect(embeddings.parameters).toBeGreaterThan(0.1);
    expect(state).toBe('float');
    expect(inspectModel(residualNet()).macs.total).toBe(1_064_145_408);
  });

  it('reads through Gather tables and leaves indices out', () => {
    const model = microModel({
      nodes: [node('Gather t,i -> y')],
      inputs: [value('i', [2], 'int64')],
      constants: { t: random([10, 4]), unused: ints([1, 2]) },
    });
    const { embeddings, quantizable, macs } = inspectModel(model);
    expect(embeddings.parameters).toBe(40 / 42);
    expect(quantizable).toEqual({ parameters: 0, bytes: 0, macs: null });
    expect(macs.total).toBe(0);
  });

  const STATES: readonly [string, QuantizedState][] = [
    ['ort-quant/mnist.dyn.onnx', 'dynamic'],
    ['ort-quant/ic_resnet8.qdq_u8s8_pc.onnx', 'static'],
    ['ort-quant/ic_resnet8.qop_u8s8_pc.onnx', 'qoperator'],
    ['mlperf-tiny/ic_resnet8_float.onnx', 'float'],
  ];

  it.each(STATES)('%s is %s (skipped: ../shared not present)', (file, state) => {
    const place = path.join(DATA, file);
    if (!existsSync(place)) return;
    const result = inspectModel(readModel(place));
    expect(result.state).toBe(state);
    expect(result.macs.unknown.length).toBeLessThanOrEqual(1);
    expect(result.quantized.macs).toBeCloseTo(state === 'float' ? 0 : 1, 1);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });
});
