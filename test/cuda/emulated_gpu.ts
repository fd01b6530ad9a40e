// The GPU of this folder's tests: the emulated one that the native tests' build has made. Importing this file makes the
// process use it, if that happens before the first call that needs a GPU. A process opens its driver once: a test that
// wants another GPU (`environment` names what differs) runs a child process.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'vitest';

const root = path.join(__dirname, '..', '..');
const { OCTAVO_PREBUILD: prebuild } = process.env;
const builds = prebuild === undefined ? ['build/native', 'build/dev'] : [prebuild];

const newest = (files: string[]): string | undefined =>
  files.filter((file) => existsSync(file)).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];

/** The driver library; undefined where it was not built. */
export const emulatedDriver = newest(
  builds.map((folder) => path.resolve(root, folder, 'emulated_gpu', 'libemulated_cuda.so')),
);

/** The cuBLASLt that computes in its memory. */
export const emulatedCublasLt = path.join(path.dirname(emulatedDriver ?? root), 'libemulated_cublaslt.so');

/** The variables that make a process use it. Its kernels are in the library: any file does for those of a real GPU. */
export const emulatedEnvironment: Record<string, string> =
  emulatedDriver === undefined
    ? {}
    : { OCTAVO_CUDA_DRIVER: emulatedDriver, OCTAVO_CUDA_KERNELS: path.join(root, 'package.json') };

Object.assign(process.env, emulatedEnvironment);
if (emulatedDriver === undefined) process.stdout.write('skipped: no emulated GPU (build the native tests first)\n');

/** As `describe`, where there is an emulated GPU. */
export function describeOnGpu(name: string, tests: () => void): void {
  describe.skipIf(emulatedDriver === undefined)(name, tests);
}

/** As `it`, where there is an emulated GPU. */
export const itOnGpu: typeof it = it.skipIf(emulatedDriver === undefined) as typeof it;
