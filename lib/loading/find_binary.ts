// Which file of the package is the addon for this process.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { COMPILE, checkBinary, type Fault } from './check_binary';
import { findLibc } from './system';

/** What was compiled here comes before what came with the package: whoever compiles means it to be used. */
function candidates(root: string): string[] {
  const folder = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`);
  const libc = findLibc();
  const names = libc === undefined ? ['octavo.node'] : [`octavo.${libc}.node`, 'octavo.node'];
  return [path.join(root, 'build', 'Release', 'octavo.node'), ...names.map((name) => path.join(folder, name))];
}

/** The systems that the package has binaries for: `linux-x64 (glibc, musl)`. */
function prebuiltFor(root: string): string {
  const list = (folder: string) => {
    try {
      return readdirSync(folder).sort();
    } catch {
      return [];
    }
  };
  const systems = list(path.join(root, 'prebuilds')).flatMap((system) => {
    const binaries = list(path.join(root, 'prebuilds', system)).filter((name) => name.endsWith('.node'));
    const tags = binaries.flatMap((name) => name.split('.').slice(1, -1));
    if (binaries.length === 0) return [];
    return [tags.length === 0 ? system : `${system} (${tags.join(', ')})`];
  });
  return systems.length === 0 ? 'none' : systems.join(', ');
}

/** The file to load, or what stands against it. */
export function findBinary(root: string): { file: string } | Fault {
  for (const file of candidates(root)) {
    const fault = checkBinary(root, file);
    if (fault !== 'absent') return fault ?? { file };
  }
  return {
    reason: `no binary for this system is in ${root}; prebuilt ones there: ${prebuiltFor(root)}`,
    remedy: `Install octavo on the system that runs it, or ${COMPILE}`,
  };
}
