// The operators that onnxruntime really runs for a model.
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { type Model, modelBytes, readModel } from '../../lib/onnx';
import { temporaryFolder } from './files';

/** How often each operator stands in the graph that onnxruntime's optimizer makes of a model. */
export async function optimizedOps(model: Model): Promise<Readonly<Record<string, number>>> {
  const file = path.join(temporaryFolder(), 'optimized.onnx');
  const options = { optimizedModelFilePath: file, logSeverityLevel: 3 as const };
  const session = await ort.InferenceSession.create(modelBytes(model), options);
  await session.release();
  const counts: Record<string, number> = {};
  for (const { opType } of readModel(file).graph.nodes) counts[opType] = (counts[opType] ?? 0) + 1;
  return counts;
}
