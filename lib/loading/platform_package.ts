// The package that carries the binary for one system: @octavo/linux-x64 and the like, an optional dependency of octavo.
import { createRequire } from 'node:module';
import path from 'node:path';
import { COMPILE, checkBinary, type Fault, renew } from './check_binary';
import { type Manifest, readManifest } from './package_root';
import { findLibc } from './system';

const SCOPE = '@octavo/';

/** The file of a folder that holds the binary for one system. */
export const BINARY = 'octavo.node';

/** What binaries for this system are called: `linux-x64`, `linux-x64-musl`, `win32-x64`. */
export const systemName = (): string => `${process.platform}-${process.arch}${findLibc() === 'musl' ? '-musl' : ''}`;

/**
 * Where the package at `root` finds another one, wherever npm, pnpm or Yarn have put it; undefined where it does not.
 * Throws what Node says of one that is there and cannot be read.
 */
function resolveFolder(root: string, name: string): string | undefined {
  try {
    return path.dirname(createRequire(path.join(root, 'package.json')).resolve(`${name}/package.json`));
  } catch (error) {
    if (String((error as NodeJS.ErrnoException).code).endsWith('MODULE_NOT_FOUND')) return undefined;
    throw error;
  }
}

function isInstalled(root: string, name: string): boolean {
  try {
    return resolveFolder(root, name) !== undefined;
  } catch {
    return true;
  }
}

const SENTENCE = `C${COMPILE.slice(1)}`;

function missingFault(root: string, name: string, { version, optionalDependencies = {} }: Manifest): Fault {
  const packages = Object.keys(optionalDependencies).filter((dependency) => dependency.startsWith(SCOPE));
  if (packages.length === 0) return { reason: `no binary for this system is in ${root}`, remedy: SENTENCE };
  if (!packages.includes(name)) {
    const systems = packages.map((each) => each.slice(SCOPE.length)).join(', ');
    return { reason: `octavo has no binary for this system, only for ${systems}`, remedy: SENTENCE };
  }
  const others = packages.filter((each) => isInstalled(root, each));
  const instead = others.length === 0 ? '' : `; what is installed there is ${others.join(', ')}, for another system`;
  return {
    reason: `${name}, the package with the binary for this system, is not installed for octavo in ${root}${instead}`,
    remedy:
      'Run `npm install` on the system that runs octavo, with optional dependencies (without --omit=optional or --no-optional); ' +
      'where a lockfile from another system lacks the package, remove the lockfile and node_modules first. ' +
      `Or add it by \`npm install --no-save ${name}@${version}\`, or ${COMPILE}`,
  };
}

/** What keeps Node from finding a package that is there: folders that it may not enter, for which it has no word of its own. */
function hiddenFault(root: string, name: string): Fault | undefined {
  const places = createRequire(path.join(root, 'package.json')).resolve.paths(name) ?? [];
  const faults = places.map((place) => checkBinary(path.join(place, name, BINARY)));
  return faults.find((fault): fault is Fault => fault !== null && fault !== 'absent');
}

function versionFault(folder: string, name: string, expected: string | undefined): Fault | undefined {
  const { version } = readManifest(folder);
  if (version === expected) return undefined;
  return {
    reason: `${name} in ${folder} is version ${version ?? 'unknown'}, and this is octavo ${expected}`,
    remedy: `Both must be of one version: remove that folder, and any other version of ${name} from package.json, and run \`npm install\``,
  };
}

/** The binary of the package for this system, as octavo at `root` with this manifest finds it, or what stands against it. */
export function findPackaged(root: string, manifest: Manifest): { file: string } | Fault {
  const name = `${SCOPE}${systemName()}`;
  let folder: string | undefined;
  try {
    folder = resolveFolder(root, name);
  } catch (error) {
    const [message] = (error as Error).message.split('\n');
    return {
      reason: `the package ${name} cannot be read: ${message}`,
      remedy: 'Remove node_modules and run `npm install`',
    };
  }
  if (folder === undefined) return hiddenFault(root, name) ?? missingFault(root, name, manifest);
  const file = path.join(folder, BINARY);
  const fault = versionFault(folder, name, manifest.version) ?? checkBinary(file);
  return fault === 'absent' ? { reason: `${file} is missing`, remedy: renew(file) } : (fault ?? { file });
}
