// The graph that onnxruntime-node really builds of a model.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onnxError } from '../errors';
import { loadOnnxruntime } from '../execute';
import type { Model } from '../model';
import { readModel } from '../read';
import { modelByteLength, modelBytes, writeModel } from '../write';

export interface OptimizeOptions {
  /** Session configuration, such as { 'session.qdqisint8allowed': '1' }. */
  readonly config?: Readonly<Record<string, string>>;
}

/** { session: { qdqisint8allowed: '1' } }, as onnxruntime-node wants the names with dots. */
function nested(config: Readonly<Record<string, string>>): object {
  const root: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(config)) {
    const parts = name.split('.');
    let at = root;
    for (const part of parts.slice(0, -1)) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at[parts.at(-1) as string] = value;
  }
  return root;
}

/** From here on models go through files with their tensors beside them: a message holds 2 GiB. */
const FILE_BYTES = 2 ** 30;

/** What the runtime reads, and what it must be told to write as much: files in `folder` for large models. */
function handOver(model: Model, folder: string): { source: string | Uint8Array; config: Record<string, string> } {
  if (modelByteLength(model) < FILE_BYTES) return { source: modelBytes(model), config: {} };
  const source = path.join(folder, 'source.onnx');
  writeModel(model, source, { external: 'always' });
  return { source, config: { 'session.optimized_model_external_initializers_file_name': 'model.onnx_data' } };
}

/**
 * Lets onnxruntime-node fuse a model, short of the memory layouts of its highest level, and reads the result.
 * @throws ERR_UNSUPPORTED without onnxruntime-node; ERR_FILE for a model that it refuses
 */
export async function optimizedGraph(model: Model, { config = {} }: OptimizeOptions = {}): Promise<Model> {
  const { InferenceSession } = await loadOnnxruntime();
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-optimized-'));
  const file = path.join(folder, 'model.onnx');
  try {
    const handed = handOver(model, folder);
    const session = await InferenceSession.create(handed.source, {
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath: file,
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      extra: nested({ ...handed.config, ...config }),
    });
    await session.release();
    return readModel(file);
  } catch (cause) {
    throw onnxError('ERR_FILE', `onnxruntime refuses the model: ${(cause as Error).message}`, { cause });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy in which every node has a name of its own, its place in the graph, which the runtime keeps where it replaces nodes. */
export function withPlaceNames(model: Model): Model {
  const copy = model.clone();
  copy.graph.nodes.forEach((node, i) => {
    node.name = `node${i}_`;
  });
  return copy;
}

/** The place that a name made by withPlaceNames stands for. */
export function placeOf(name: string): number | undefined {
  const match = /^node(\d+)_/.exec(name);
  return match === null ? undefined : Number(match[1]);
}
