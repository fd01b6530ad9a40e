// onnxruntime-node as a peer, where it is installed: never a dependency, and its absence is no error.
import { createRequire } from 'node:module';
import path from 'node:path';
import type { PeerFactory, PeerModel, PeerTensor } from '../contestant';

interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

interface OrtSession {
  run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor> | readonly string[]): Promise<unknown>;
  release(): Promise<void>;
}

/** The part of onnxruntime-node that is used here. */
interface Ort {
  readonly Tensor: new (type: string, data: PeerTensor['data'], dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: Record<string, unknown>): Promise<OrtSession> };
  readonly env: { readonly versions: { readonly node?: string; readonly common: string } };
}

/** Its threads spin for tens of milliseconds after a run; with one thread there are none. */
const SPIN_MILLISECONDS = 60;

export interface FoundOnnxRuntime {
  readonly factory?: PeerFactory;
  /** Why there is none, for the report. */
  readonly reason?: string;
}

function resolveFrom(folder: string): string | undefined {
  try {
    return createRequire(path.join(folder, 'resolve.js')).resolve('onnxruntime-node');
  } catch {
    return undefined;
  }
}

/** Looks for onnxruntime-node from each folder in turn: by default the user's first, then this package's. */
export function findOnnxRuntime(threads: number, folders = [process.cwd(), __dirname]): FoundOnnxRuntime {
  const file = folders.map(resolveFrom).find((found) => found !== undefined);
  if (file === undefined) return { reason: 'onnxruntime-node is not installed here' };
  try {
    const ort = createRequire(file)(file) as Ort;
    const version = ort.env.versions.node ?? ort.env.versions.common;
    return {
      factory: {
        name: 'onnxruntime',
        title: `onnxruntime-node ${version}`,
        create: (model) => createSession(ort, model, threads),
      },
    };
  } catch (error) {
    const [line] = (error as Error).message.split('\n', 1);
    return { reason: `onnxruntime-node does not load: ${line}` };
  }
}

async function createSession(
  ort: Ort,
  peer: PeerModel,
  threads: number,
): Promise<Awaited<ReturnType<PeerFactory['create']>>> {
  const session = await ort.InferenceSession.create(peer.model, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const wrap = (tensor: PeerTensor): OrtTensor => new ort.Tensor(tensor.type, tensor.data, tensor.dims);
  const feeds = Object.fromEntries(Object.entries(peer.inputs).map(([name, tensor]) => [name, wrap(tensor)]));
  const { name, tensor } = peer.output;
  // A tensor among the fetches is the memory that the result is written to.
  const fetches = peer.ownResults === true ? [name] : { [name]: wrap(tensor) };
  const run = async (): Promise<void> => {
    await session.run(feeds, fetches);
  };
  return {
    call: { kind: 'async', run },
    ...(threads > 1 ? { settle: SPIN_MILLISECONDS } : {}),
    dispose: () => session.release(),
  };
}
