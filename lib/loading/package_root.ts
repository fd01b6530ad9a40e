// Where the package lies, from the place of its own files.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

function findRoot(folder: string): string {
  const parent = path.dirname(folder);
  return existsSync(path.join(folder, 'package.json')) || parent === folder ? folder : findRoot(parent);
}

/** The package's root: the nearest folder with a package.json, above dist/lib and above lib alike. */
export const packageRoot: string = findRoot(__dirname);

/** What loading reads of a package.json. */
export interface Manifest {
  name?: string;
  version?: string;
  optionalDependencies?: Record<string, string>;
}

/** The manifest of the package at a root; empty where there is none that can be read. */
export function readManifest(root: string): Manifest {
  try {
    return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return {};
  }
}
