import { describe, expect, it } from 'vitest';
import { compareWithRuntime } from '../../../lib/onnx/check';
import { CONV_CASES } from './conv_corpus';
import { MATMUL_CASES } from './matmul_corpus';
import { OPERATOR_CASES } from './operator_corpus';

const CASES = [...CONV_CASES, ...MATMUL_CASES, ...OPERATOR_CASES];

/** onnxruntime on x64, and as it is on arm64, where int8 activations have kernels. */
describe.each(['ort-x64', 'ort-arm64'] as const)(
  'prediction for micro-graphs under %s, against the graph that onnxruntime builds',
  (target) => {
    let [nodes, equal] = [0, 0];

    it.each(CASES)('$name', async ({ build, rule }) => {
      const { agreement, predicted, actual } = await compareWithRuntime(build(), { target });
      nodes += agreement.nodes;
      equal += agreement.equal;
      expect(predicted.kernels).toEqual(actual.kernels);
      if (target !== 'ort-x64') return;
      const found = predicted.findings.filter(({ severity }) => severity !== 'I').map((finding) => finding.rule);
      if (rule === undefined) expect(found).toEqual([]);
      else expect(found).toContain(rule);
    });

    it('is right for at least 99 % of the nodes', () => {
      expect(nodes).toBeGreaterThan(250);
      expect(equal / nodes).toBeGreaterThanOrEqual(0.99);
    });
  },
);
