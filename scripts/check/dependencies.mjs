// What lib/ imports is there after an install: Node's own modules, the package itself, its dependencies.
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
    const problems = [];
    for (const file of files) {
      const text = blank(tree.read(file), 'ts');
      for (const match of text.matchAll(IMPORT)) {
        const name = match[2].split('/', match[2].startsWith('@') ? 2 : 1).join('/');
        if (match[2].startsWith('node:') || builtinModules.includes(name) || declared.includes(name)) continue;
        problems.push({
          file,
          line: lineAt(text, match.index),
          message: `${name} is not among package.json's dependencies`,
        });
      }
    }
    return problems;
  },
};
