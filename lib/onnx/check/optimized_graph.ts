// The graph that onnxruntime-node really builds of a model.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onnxError } from '../errors';
import { loadOnnxruntime } from '../execute';
import type { Model } from '../model';
import { readModel } from '../read';
import { modelBytes } from '../write';

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

/**
 * Lets onnxruntime-node fuse a model, short of the memory layouts of its highest level, and reads the result.
 * @throws ERR_UNSUPPORTED without onnxruntime-node; ERR_FILE for a model that it refuses
 */
export async function optimizedGraph(model: Model, { config = {} }: OptimizeOptions = {}): Promise<Model> {
  const { InferenceSession } = await loadOnnxruntime();
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-optimized-'));
  const file = path.join(folder, 'model.onnx');
  try {
    const session = await InferenceSession.create(modelBytes(model), {
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath: file,
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      extra: nested(config),
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
