// The project's own files as the rules see them: sorted paths relative to the root, contents read once.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Folders of other people's code and of build output. */
const IGNORED = new Set(['node_modules', 'build', 'dist', 'prebuilds', '.git']);

/**
 * @typedef {object} Tree
 * @property {readonly string[]} files sorted paths with forward slashes
 * @property {(file: string) => boolean} has
 * @property {(file: string) => string} read throws for a path that is not in `files`
 */

/**
 * @param {readonly string[]} files
 * @param {(file: string) => string} load
 * @returns {Tree}
 */
function makeTree(files, load) {
  const known = new Set(files);
  const cache = new Map();
  return {
    files: [...files].sort(),
    has: (file) => known.has(file),
    read(file) {
      if (!known.has(file)) throw new Error(`${file} is not in the tree`);
      if (!cache.has(file)) cache.set(file, load(file));
      return cache.get(file);
    },
  };
}

/**
 * A tree in memory.
 * @param {Record<string, string>} contents path → text
 */
export function treeOf(contents) {
  return makeTree(Object.keys(contents), (file) => contents[file]);
}

/**
 * The tree below a folder, without build output and dependencies.
 * @param {string} root
 */
export function readTree(root) {
  const files = [];
  const walk = (folder) => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      if (IGNORED.has(entry.name)) continue;
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      // A checkout's .git may be a file, and a name may vanish while others work: only what can be read counts.
      else if (entry.isFile() && existsSync(path.join(root, name))) files.push(name);
    }
  };
  walk('');
  return makeTree(files, (file) => readFileSync(path.join(root, file), 'utf8'));
}
