// Reads what nvcc said when it compiled the kernels for GPUs (build/cuda/, which every build makes): that no kernel spills
// registers to memory, that there were no warnings, that every kernel is there for each GPU, and that no two have one
// name. With --table, what each kernel takes of a multiprocessor.
// Usage: node scripts/test/device_code.mjs [--table]
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const FOLDER = path.join('build', 'cuda');

/**
 * @typedef {object} CompiledKernel
 * @property {string} name
 * @property {string} gpu as in "sm_90a"
 * @property {number} registers of each thread
 * @property {number} stack bytes of each thread in memory
 * @property {number} spilled bytes of registers that are written to and read from memory
 */

/**
 * The kernels in what `nvcc -Xptxas -v` says.
 * @param {string} log
 * @returns {CompiledKernel[]}
 */
export function compiledKernels(log) {
  const entry =
    /Compiling entry function '(\w+)' for '(\w+)'[\s\S]*?(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads[\s\S]*?Used (\d+) registers/g;
  return [...log.matchAll(entry)].map(([, name, gpu, stack, stores, loads, registers]) => ({
    name,
    gpu,
    registers: Number(registers),
    stack: Number(stack),
    spilled: Number(stores) + Number(loads),
  }));
}

/**
 * What no kernel may do. ptxas says in a line of its own when it makes asynchronous products wait for each other.
 * @param {string} log
 * @returns {string[]}
 */
export function problemsIn(log) {
  const spilling = compiledKernels(log)
    .filter(({ spilled }) => spilled > 0)
    .map(({ name, gpu, spilled }) => `${name} for ${gpu} spills: ${spilled} bytes are stored and loaded`);
  const said = log.split('\n').filter((line) => /warning|error|serialized|\(C7\d+\)/i.test(line));
  return [...spilling, ...said];
}

/**
 * What is missing or twice among the kernels of all sources.
 * @param {ReadonlyMap<string, readonly CompiledKernel[]>} kernels by source
 * @returns {string[]}
 */
export function disorder(kernels) {
  const problems = [];
  const sources = new Map();
  for (const [source, compiled] of kernels) {
    if (compiled.length === 0) problems.push(`${source} was compiled to no kernel`);
    const gpus = new Set(compiled.map(({ gpu }) => gpu));
    for (const name of new Set(compiled.map((kernel) => kernel.name))) {
      if (sources.has(name)) problems.push(`${name} is in ${sources.get(name)} and in ${source}`);
      sources.set(name, source);
      const times = compiled.filter((kernel) => kernel.name === name).length;
      if (times !== gpus.size) problems.push(`${name} is there ${times} times for ${gpus.size} GPUs`);
    }
  }
  return problems;
}

function format(kernels) {
  const names = [...new Set(kernels.map(({ name }) => name))];
  const gpus = [...new Set(kernels.map(({ gpu }) => gpu))];
  const cell = (name, gpu) => {
    const kernel = kernels.find((candidate) => candidate.name === name && candidate.gpu === gpu);
    if (kernel === undefined) return '';
    return `${kernel.registers}${kernel.stack > 0 ? `+${kernel.stack}B` : ''}`;
  };
  const width = Math.max(...names.map((name) => name.length));
  const line = (first, cells) => [first.padEnd(width), ...cells.map((text) => text.padStart(8))].join('');
  return [
    line('registers', gpus),
    ...names.map((name) =>
      line(
        name,
        gpus.map((gpu) => cell(name, gpu)),
      ),
    ),
  ].join('\n');
}

/** What nvcc said of each source; nothing where it has not compiled it. */
function readLogs(sources) {
  const files = readdirSync(FOLDER);
  return new Map(
    sources.map((source) => {
      const name = path.basename(source, '.cu');
      const log = files.find((file) => file.startsWith(`${name}.`) && file.endsWith('.log'));
      return [source, log === undefined ? '' : readFileSync(path.join(FOLDER, log), 'utf8')];
    }),
  );
}

function main() {
  process.stdout.write(execFileSync('node', ['native/cuda/compile_kernels.cjs'], { encoding: 'utf8' }));
  const { kernels, kernels_90a: ofHopper } = JSON.parse(readFileSync('native/sources.json', 'utf8')).cuda;
  if (readFileSync(path.join(FOLDER, 'kernel_images.inc'), 'utf8') === '') {
    console.log('skipped: no nvcc\ndevice code: 0 passed, 0 failed, 1 skipped');
    return;
  }
  const logs = readLogs([...kernels, ...ofHopper]);
  const compiled = new Map([...logs].map(([source, log]) => [source, compiledKernels(log)]));
  const found = [...logs].map(([source, log]) => problemsIn(log).map((problem) => `${source}: ${problem}`));
  const all = [...compiled.values()].flat();
  const problems = [...found, disorder(compiled)];
  for (const problem of problems.flat()) console.log(problem);
  if (process.argv.includes('--table')) console.log(format(all));
  const failed = problems.filter((list) => list.length > 0).length;
  console.log(`${all.length} kernels, each for one GPU`);
  console.log(`device code: ${problems.length - failed} passed, ${failed} failed, 0 skipped`);
  process.exitCode = failed > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
