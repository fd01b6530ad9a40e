// Which file is the addon for this process.
import path from 'node:path';
import { COMPILE, checkBinary, type Fault } from './check_binary';
import type { Manifest } from './package_root';
import { BINARY, findPackaged, systemName } from './platform_package';

/** What was made on this machine in `folder`: by `octavo build`, or by `npm run prebuilds` of a clone. */
function findBuilt(folder: string): { file: string } | Fault | undefined {
  for (const place of [
    ['build', 'Release'],
    ['prebuilds', systemName()],
  ]) {
    const file = path.join(folder, ...place, BINARY);
    const fault = checkBinary(file);
    if (fault !== 'absent') return fault ?? { file };
  }
  return undefined;
}

/**
 * The file to load for the package at `root`, or what stands against it. What was compiled here comes before what came
 * with a package: whoever compiles means it to be used. Where `folder` is given, nothing else counts.
 */
export function findBinary(root: string, manifest: Manifest, folder?: string): { file: string } | Fault {
  if (folder === undefined) return findBuilt(root) ?? findPackaged(root, manifest);
  const absent = {
    reason: `no binary for this system is in ${folder}, which OCTAVO_PREBUILD names`,
    remedy: `Unset OCTAVO_PREBUILD, or ${COMPILE}`,
  };
  return findBuilt(folder) ?? absent;
}
