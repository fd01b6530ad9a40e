// onnxruntime-node, an optional peer: loaded when it is first needed, and described by the few calls that are made.
import { onnxError } from '../errors';
import type { ElementType } from '../model';

export interface OrtTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: unknown;
}

export interface OrtSession {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

export interface OrtModule {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: string | Uint8Array, options: object): Promise<OrtSession> };
  readonly env: { readonly versions?: { readonly node?: string } };
}

/** The oldest version that runs what octavo writes: operator set 21, with blocked and 4-bit quantization. */
const OLDEST = [1, 20] as const;
const INSTALL = 'Install it with: npm install onnxruntime-node';

/** True for a version from OLDEST on, such as '1.30.0'. */
export function isRecentEnough(version: string | undefined): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

type Load = () => Promise<unknown>;
const fromPeer: Load = () => import('onnxruntime-node');

/**
 * @throws ERR_UNSUPPORTED, saying what to install, where onnxruntime-node is absent, cannot be loaded, or is too old
 */
export async function loadOnnxruntime(load: Load = fromPeer): Promise<OrtModule> {
  let loaded: { default?: OrtModule } & Partial<OrtModule>;
  try {
    loaded = (await load()) as typeof loaded;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const absent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    const fault = absent ? 'is not installed' : `cannot be loaded: ${message}`;
    throw onnxError('ERR_UNSUPPORTED', `onnxruntime-node ${fault}`, { hint: INSTALL, cause });
  }
  const module = (loaded.InferenceSession === undefined ? loaded.default : loaded) as OrtModule;
  const version = module.env?.versions?.node;
  if (!isRecentEnough(version))
    throw onnxError(
      'ERR_UNSUPPORTED',
      `onnxruntime-node ${version ?? 'of an unknown version'} is too old, expected ${OLDEST.join('.')} or later`,
      { hint: `${INSTALL}@latest` },
    );
  return module;
}

/** The installed version of onnxruntime-node; undefined where it is absent or cannot be used. */
export async function onnxruntimeVersion(load: Load = fromPeer): Promise<string | undefined> {
  return loadOnnxruntime(load).then(
    ({ env }) => env.versions?.node,
    () => undefined,
  );
}
