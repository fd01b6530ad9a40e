// Runs clang-tidy over the sources of native/ that a build's compile_commands.json lists, several at a time. Unless everything
// is asked for, without the analyzer, which takes as long as all other checks, and without kernels, whose unrolled loops
// take long to read and which neither allocate nor own anything.
// Usage: node scripts/test/tidy.mjs <build folder> [--all]
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const CLANG_TIDY = 'clang-tidy-19';

/** @returns {Promise<{ code: number, output: string }>} */
function tidy(args) {
  return new Promise((resolve) => {
    const child = spawn(CLANG_TIDY, ['--quiet', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => resolve({ code: 1, output: `${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { all: { type: 'boolean' } } });
const [folder] = positionals;
if (folder === undefined) throw new Error('usage: tidy.mjs <build folder> [--all]');
const native = `${path.resolve('native')}${path.sep}`;
const database = JSON.parse(readFileSync(path.join(folder, 'compile_commands.json'), 'utf8'));
const kernels = path.join(native, 'kernels', path.sep);
const files = [...new Set(database.map((entry) => path.resolve(entry.directory, entry.file)))].filter(
  // .cu: kernels for GPUs, which the emulation writes in another's words
  (file) => file.startsWith(native) && !file.endsWith('.cu') && (values.all || !file.startsWith(kernels)),
);

const checks = values.all ? [] : ['--checks=-clang-analyzer-*'];

let failed = 0;
const waiting = [...files];
async function work() {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const { code, output } = await tidy([...checks, '-p', folder, file]);
    if (code === 0) continue;
    failed++;
    console.log(`${path.relative('.', file)}:\n${output}`);
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
console.log(`clang-tidy: ${files.length} files, ${failed} with findings`);
process.exitCode = failed > 0 || files.length === 0 ? 1 : 0;
