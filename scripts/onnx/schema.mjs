// Writes lib/onnx/schema/onnx_pb.ts from onnx.proto beside it, with the generator of @bufbuild/protobuf; npx fetches both tools.
// Usage: node scripts/onnx/schema.mjs
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const schema = path.join(root, 'lib', 'onnx', 'schema');

/** The generator goes with the library that reads what it writes. */
const { version } = JSON.parse(
  readFileSync(path.join(root, 'node_modules', '@bufbuild', 'protobuf', 'package.json'), 'utf8'),
);
const PACKAGES = ['@bufbuild/buf@1', `@bufbuild/protoc-gen-es@${version}`];

const CONFIGURATION = {
  version: 'v2',
  plugins: [{ local: 'protoc-gen-es', out: '.', opt: ['target=ts', 'import_extension=none'] }],
};

function run(cwd, command, args) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

const folder = mkdtempSync(path.join(tmpdir(), 'octavo-schema-'));
try {
  copyFileSync(path.join(schema, 'onnx.proto'), path.join(folder, 'onnx.proto'));
  writeFileSync(path.join(folder, 'buf.gen.yaml'), JSON.stringify(CONFIGURATION));
  writeFileSync(path.join(folder, 'buf.yaml'), JSON.stringify({ version: 'v2' }));
  const packages = PACKAGES.flatMap((name) => ['--package', name]);
  run(folder, 'npx', ['--yes', ...packages, '--', 'buf', 'generate']);
  const generated = readFileSync(path.join(folder, 'onnx_pb.ts'), 'utf8');
  writeFileSync(path.join(schema, 'onnx_pb.ts'), generated.replace('/* eslint-disable */\n', ''));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
run(root, 'npx', ['biome', 'check', '--write', path.join('lib', 'onnx', 'schema', 'onnx_pb.ts')]);
