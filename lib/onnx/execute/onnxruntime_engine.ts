// Models in onnxruntime-node.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runtime } from '../../runtime';
import { onnxError } from '../errors';
import type { Feeds, Model, TensorValue } from '../model';
import { modelBytes, writeModel } from '../write';
import type { Engine } from './engine_executor';
import type { ExecutorOptions } from './executor';
import { loadOnnxruntime, type OrtModule, type OrtSession } from './onnxruntime_module';
import { fromOrt, notCarried, toOrt } from './ort_tensors';

/** From here on a model goes through a file: a message can hold 2 GiB, and lies in memory several times. */
const FILE_BYTES = 2 ** 30;

/** Level 4: what goes wrong is thrown, not printed. */
function sessionOptions({ threads, optimization = 'all', optimizedModelFile }: ExecutorOptions): object {
  return {
    graphOptimizationLevel: optimization,
    intraOpNumThreads: threads ?? runtime.threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    ...(optimizedModelFile === undefined ? {} : { optimizedModelFilePath: optimizedModelFile }),
  };
}

/** Hands the model to `create` as bytes, or as a file where it is large; the file is gone when that is done. */
async function handOver<T>(model: Model, create: (source: string | Uint8Array) => Promise<T>): Promise<T> {
  const bytes = Array.from(model.graph.initializers.values()).reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (bytes < FILE_BYTES) return create(modelBytes(model));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-'));
  try {
    const file = path.join(folder, 'model.onnx');
    writeModel(model, file, { external: 'always' });
    return await create(file);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What onnxruntime says, without the place in its sources. */
function explain(action: string, cause: unknown): Error {
  const message = (cause as Error).message.replace(/^.*?(?:FAIL|NOT_IMPLEMENTED|INVALID_\w+) : /s, '');
  return onnxError('ERR_NATIVE', `onnxruntime cannot ${action}: ${message.trim()}`, { cause });
}

class OnnxruntimeEngine implements Engine {
  readonly kind = 'onnxruntime';
  readonly #ort: OrtModule;
  readonly #session: OrtSession;

  constructor(ort: OrtModule, session: OrtSession) {
    this.#ort = ort;
    this.#session = session;
  }

  async compute(feeds: Feeds): Promise<Record<string, TensorValue>> {
    const converted = toOrt(this.#ort, feeds);
    const results = await this.#session.run(converted).catch((cause: unknown) => {
      throw explain('run the model', cause);
    });
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
  }

  bind(feeds: Feeds): () => Promise<unknown> {
    const converted = toOrt(this.#ort, feeds);
    return () => this.#session.run(converted);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** @throws ERR_UNSUPPORTED as loadOnnxruntime does, and for inputs and outputs of 4 bits; ERR_NATIVE for a model that onnxruntime refuses */
export async function openOnnxruntime(model: Model, options: ExecutorOptions): Promise<Engine> {
  const ort = await loadOnnxruntime();
  const fault = notCarried(model);
  if (fault !== undefined)
    throw onnxError('ERR_UNSUPPORTED', `onnxruntime-node cannot carry ${fault.type}, the type of '${fault.name}'`, {
      tensor: fault.name,
      hint: "Run the model in the reference interpreter: { kind: 'reference' }.",
    });
  const create = (source: string | Uint8Array) =>
    ort.InferenceSession.create(source, sessionOptions(options)).catch((cause: unknown) => {
      throw explain('open the model', cause);
    });
  return new OnnxruntimeEngine(ort, await handOver(model, create));
}
