// Writes each entry of the package and all that it imports into a file of its own, dist/octavo.js, dist/onnx.js and so on: a
// process that loads one file instead of seventy is ready in a third of the time. What entries have in common lies in
// dist/shared/, so that a class is the same one whichever entry it comes from. The declarations, and what the command line
// runs, stay as tsc makes them.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.join(root, 'dist');

/** Files of dist/ by the entry that they begin with; package.json's exports name them. */
const ENTRIES = {
  octavo: 'lib/index.ts',
  onnx: 'lib/onnx/index.ts',
  weights: 'lib/weights/index.ts',
  checkpoint: 'lib/checkpoint/index.ts',
  turboquant: 'lib/turboquant/index.ts',
  cuda: 'lib/cuda/index.ts',
};

rmSync(path.join(dist, 'shared'), { recursive: true, force: true });
await build({
  cwd: root,
  input: ENTRIES,
  platform: 'node',
  transform: { target: 'node20' }, // the oldest that package.json admits
  // The bundler's own helpers become part of the files.
  external: (id) => /^[^./]/.test(id) && !path.isAbsolute(id) && !id.startsWith('@oxc-project/'),
  logLevel: 'warn',
  output: {
    ...{ dir: dist, format: 'cjs', esModule: true },
    ...{ entryFileNames: '[name].js', chunkFileNames: 'shared/[name].js' },
  },
});
// The same modules by import: one class for both.
for (const name of Object.keys(ENTRIES))
  writeFileSync(path.join(dist, `${name}.mjs`), `export * from './${name}.js';\n`);
