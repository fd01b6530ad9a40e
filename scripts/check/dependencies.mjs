// What lib/ imports is there after an install: Node's own modules, the package itself, its dependencies. Optional peers
// may be absent: they are loaded by import() or require() where they are needed.
import { builtinModules } from 'node:module';
import { blank } from './blank.mjs';
import { lineAt } from './rule.mjs';

// `import type` is erased by the compiler, so it may name a development dependency.
const IMPORT = /(?:^import\s+(?!type\b)[^'"]*|\bimport\s*\(\s*|\brequire\s*\(\s*)(['"])([^'".\n][^'"\n]*)\1/gm;

/** @type {import('./rule.mjs').Rule} */
export const dependencies = {
  name: 'dependencies of lib',
  selects: (file) => /^lib\/.*\.m?ts$/.test(file),
  check(files, tree) {
    const manifest = JSON.parse(tree.read('package.json'));
    const declared = [manifest.name, ...Object.keys(manifest.dependencies ?? {})];
    const peers = Object.keys(manifest.peerDependencies ?? {});
    const problems = [];
    for (const file of files) {
      const text = blank(tree.read(file), 'ts');
      for (const match of text.matchAll(IMPORT)) {
        const name = match[2].split('/', match[2].startsWith('@') ? 2 : 1).join('/');
        if (match[2].startsWith('node:') || builtinModules.includes(name) || declared.includes(name)) continue;
        const optional = peers.includes(name);
        if (optional && !/^import\s+[^(]/.test(match[0])) continue;
        const message = optional
          ? `${name} is an optional peer: load it with import() where it is needed`
          : `${name} is not among package.json's dependencies`;
        problems.push({ file, line: lineAt(text, match.index), message });
      }
    }
    return problems;
  },
};
