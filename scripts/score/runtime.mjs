// onnxruntime-node as the judge: sessions of one thread, scores, the graph that it really runs.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import ort from 'onnxruntime-node';
import { readModel } from '../../dist/lib/onnx/index.js';

export const RUNTIME = `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common}`;

const OPTIONS = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };

/** @param {string | Uint8Array} model */
export const openSession = (model) => ort.InferenceSession.create(model, OPTIONS);

const toTensors = (feeds) =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)]),
  );

/** A function that runs the session on the same feeds each time. */
export function runnerOf(session, feeds) {
  const tensors = toTensors(feeds);
  return () => session.run(tensors);
}

/** The metric's mean over samples, as its name says it: percent or nats. */
export async function scoreOf(session, samples, { of, unit }) {
  let [score, count] = [0, 0];
  for (const { feeds, labels } of samples) {
    const output = (await session.run(toTensors(feeds)))[session.outputNames[0]];
    const one = of(output, labels);
    score += one.score;
    count += one.count;
  }
  return { value: unit === '%' ? (100 * score) / count : score / count, score, count };
}

/** How often each operator stands in the graph that onnxruntime makes of a model. */
export async function optimizedOps(model) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'octavo-score-'));
  try {
    const file = path.join(folder, 'optimized.onnx');
    const session = await ort.InferenceSession.create(model, { ...OPTIONS, optimizedModelFilePath: file });
    await session.release();
    const counts = new Map();
    for (const { opType } of readModel(file).graph.nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const FLOAT = /^(Fused)?(Conv|Gemm|MatMul)$|^(FusedMatMul|NhwcFusedConv|ConvTranspose)$/;
const INTEGER =
  /^(QLinearConv|QLinearMatMul|QGemm|MatMulIntegerToFloat|DynamicQuantizeMatMul|MatMulInteger|ConvInteger|MatMulNBits)$/;

/** Weighted operators on integer kernels, and those left in float. */
export function coverageOf(counts) {
  const sum = (pattern) => Array.from(counts).reduce((total, [op, n]) => total + (pattern.test(op) ? n : 0), 0);
  return { integer: sum(INTEGER), float: sum(FLOAT) };
}
