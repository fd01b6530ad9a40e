// Loads the native addon, or throws the one error that says what is wrong with which file and what helps.
import { makeError } from '../errors';
import { type Fault, renew } from './check_binary';
import { explainFailure } from './explain_failure';
import { findBinary } from './find_binary';
import { readManifest } from './package_root';
import { describeSystem, unsupportedReason } from './system';

function failure({ reason, remedy }: Fault, cause?: unknown): Error {
  const message = `octavo's native addon could not be loaded on ${describeSystem()}: ${reason}. ${remedy}.`;
  return makeError('ERR_LOAD', message, cause === undefined ? undefined : { cause });
}

function versionFault(file: string, found: unknown, expected: string): Fault | undefined {
  if (found === expected) return undefined;
  const of =
    typeof found === 'string' ? `octavo ${found}` : 'another package, or a version of octavo that had no number';
  return {
    reason: `${file} is of ${of}, and this is octavo ${expected}`,
    remedy: renew(file),
  };
}

function rootFault(root: string, name: string | undefined): Fault | undefined {
  if (name === 'octavo') return undefined;
  return {
    reason: `octavo's code does not lie in its own package: the nearest package.json is that of ${name ?? 'no package'}, in ${root}`,
    remedy: 'A bundler must leave octavo out (esbuild: --external:octavo; webpack, rollup, vite: external)',
  };
}

/**
 * The addon of the package at `root`. Nothing of a file runs before its content was checked.
 * Throws ERR_LOAD; the message is one line.
 */
export function loadBinary<T extends { version: string }>(root: string): T {
  const manifest = readManifest(root);
  const { name, version = '' } = manifest;
  const refused = unsupportedReason() ?? rootFault(root, name);
  if (refused !== undefined) throw failure(refused);
  // Sanitizers and emulators: another folder that has build/Release or prebuilds.
  const found = findBinary(root, manifest, process.env.OCTAVO_PREBUILD);
  if (!('file' in found)) throw failure(found);
  const addon = requireBinary<T>(found.file);
  const stale = versionFault(found.file, addon?.version, version);
  if (stale !== undefined) throw failure(stale);
  return addon;
}

function requireBinary<T>(file: string): T {
  try {
    return require(file) as T;
  } catch (cause) {
    throw failure(explainFailure(file, cause), cause);
  }
}
