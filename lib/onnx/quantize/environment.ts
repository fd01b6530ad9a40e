// Where a quantization was made: for reports, never for models.
import { cpus } from 'node:os';
import { runtime } from '../../runtime';
import { onnxruntimeVersion } from '../execute';
import { version } from './recipe';

export interface Environment {
  readonly facts: Readonly<Record<string, string>>;
  /** "onnxruntime-node 1.30.0"; undefined where it is not installed. */
  readonly onnxruntime: string | undefined;
}

export async function environmentOf(): Promise<Environment> {
  const found = await onnxruntimeVersion();
  return {
    onnxruntime: found === undefined ? undefined : `onnxruntime-node ${found}`,
    facts: {
      octavo: version(),
      onnxruntime: found ?? 'not installed',
      node: process.versions.node,
      system: `${process.platform}-${process.arch}`,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      kernels: runtime.isa,
    },
  };
}
