// Compiles the kernels of sources.json for GPUs, and writes what kernel_images_embedded.cc includes: build/cuda/
// kernel_images.inc, which names the fat binaries beside it. Their names have a hash of all that they are made of, so that
// each is compiled once for all builds of a checkout. Without NVIDIA's compiler what another machine's made of the same
// sources will do, if the folder is a copy of that one's; without that the list is empty, and a line says so.
// The compiler is CUDACXX ("none": none), nvcc on the PATH, or that of CUDA_PATH. JOBS says how many processes to use.
// Usage: node native/cuda/compile_kernels.cjs [--inputs: prints the files that the result depends on, and ends]
const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const path = require('node:path');
const { kernels, kernels_90a: hopperKernels } = require('../sources.json').cuda;

const root = path.join(__dirname, '..', '..');
const folder = path.join(root, 'build', 'cuda');
const list = path.join(folder, 'kernel_images.inc');
const maker = path.join(folder, 'compiler.json');

/** Compute capabilities with machine code of their own; PTX is what the driver compiles for all that come later. */
const CODE = ['75', '80', '86', '87', '89', '90', '100', '120'];
const PTX = '90';
/** -fmad=false: the definitions on the CPU multiply and add apart, but where they say fma. -v: what each kernel takes. */
const FLAGS = '-std=c++20 -O3 -fmad=false --expt-relaxed-constexpr -Inative -Xptxas -v'.split(' ');

/** nvcc as a command; undefined where there is none. */
function findCompiler() {
  const { CUDACXX, CUDA_PATH } = process.env;
  if (CUDACXX === 'none') return undefined;
  const candidates = CUDACXX ? [CUDACXX] : ['nvcc', ...(CUDA_PATH ? [path.join(CUDA_PATH, 'bin', 'nvcc')] : [])];
  return candidates.find((command) => spawnSync(command, ['--version']).status === 0);
}

/** @returns {string} */
function ask(compiler, option) {
  return spawnSync(compiler, [option], { encoding: 'utf8' }).stdout ?? '';
}

/** The wanted compute capabilities that the compiler knows, and those that it does not; it lists 90a with 90. */
function chooseCode(compiler, version) {
  const listed = new Set(ask(compiler, '--list-gpu-code').match(/\d+/g));
  const knows = (code) => (code === '90a' ? listed.has('90') && version >= 12000 : listed.has(code));
  const wanted = [...CODE, '90a'];
  return { known: wanted.filter(knows), unknown: wanted.filter((code) => !knows(code)) };
}

/** A source and all that it includes of native/. */
function withIncludes(file, found = new Set()) {
  if (found.has(file) || !existsSync(path.join(root, file))) return found;
  found.add(file);
  const text = readFileSync(path.join(root, file), 'utf8');
  for (const [, header] of text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) withIncludes(`native/${header}`, found);
  return found;
}

const generate = (arch, code) => ['-gencode', `arch=compute_${arch},code=${code}`];

/** A source as it is on every system. */
const linesOf = (file) => readFileSync(path.join(root, file), 'utf8').replaceAll('\r\n', '\n');

/** What is compiled of one source, and for which compute capability: 0.0 is any. */
function makeImage(source, hopper, { version, known, text }) {
  const codes = (hopper ? ['90a'] : CODE).filter((code) => known.has(code));
  const targets = codes.flatMap((code) => generate(code, `sm_${code}`));
  if (!hopper && known.has(PTX)) targets.push(...generate(PTX, `compute_${PTX}`));
  // Drivers before those of CUDA 13 need not know how this is unpacked.
  const args = [...FLAGS, ...(version >= 13000 ? ['-compress-mode=size'] : []), ...targets];
  const hash = createHash('sha256').update(text).update(args.join(' '));
  for (const file of [...withIncludes(source)].sort()) hash.update(file).update(linesOf(file));
  const name = path.basename(source, '.cu');
  return { source, args, name, file: `${name}.${hash.digest('hex').slice(0, 16)}`, hopper, empty: codes.length === 0 };
}

/** Runs nvcc; what it said of the kernels is kept beside the result. */
function compile(compiler, { source, args, file }, threads) {
  const result = path.join(folder, `${file}.fatbin`);
  const made = `${result}.${process.pid}`;
  return new Promise((resolve, reject) => {
    const child = spawn(compiler, ['-fatbin', '--threads', `${threads}`, ...args, source, '-o', made], { cwd: root });
    let output = '';
    const add = (piece) => {
      output += piece;
    };
    child.stdout.setEncoding('utf8').on('data', add);
    child.stderr.setEncoding('utf8').on('data', add);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`${source}: nvcc ended with ${code}\n${output}`));
      writeFileSync(path.join(folder, `${file}.log`), output);
      renameSync(made, result);
      resolve();
    });
  });
}

async function compileAll(compiler, images) {
  const waiting = images.filter(({ file }) => !existsSync(path.join(folder, `${file}.fatbin`)));
  const jobs = Math.max(1, Number(process.env.JOBS) || availableParallelism());
  const atOnce = Math.min(jobs, waiting.length);
  const work = async () => {
    for (let image = waiting.shift(); image !== undefined; image = waiting.shift())
      await compile(compiler, image, Math.max(1, Math.floor(jobs / atOnce)));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** Only where it says something new: what includes it would be compiled again. */
function writeList(text) {
  if (!existsSync(list) || readFileSync(list, 'utf8') !== text) writeFileSync(list, text);
}

/** What makes of the same sources another result: the files, and the compiler that is there. */
function inputsOf() {
  const files = [...kernels, ...hopperKernels].flatMap((source) => [...withIncludes(source)]);
  return [...new Set([...files, 'native/sources.json', 'native/cuda/compile_kernels.cjs'])].sort();
}

function removeOthers(images) {
  const kept = new Set(images.flatMap(({ file }) => [`${file}.fatbin`, `${file}.log`]));
  for (const name of readdirSync(folder))
    if (/\.(fatbin|log)$/.test(name) && !kept.has(name)) rmSync(path.join(folder, name), { force: true });
}

/** What the compiler says of itself, and which of the wanted compute capabilities it knows. */
function describe(compiler) {
  const text = ask(compiler, '--version');
  const [, major, minor] = /release (\d+)\.(\d+)/.exec(text) ?? [];
  const version = Number(major) * 1000 + Number(minor) * 10;
  const { known, unknown } = chooseCode(compiler, version);
  if (unknown.length > 0)
    console.log(`octavo: nvcc ${major}.${minor} knows no sm_${unknown.join(', sm_')}: no kernels for those GPUs alone`);
  return { text, version, known };
}

const imagesOf = ({ text, version, known }) =>
  [
    ...kernels.map((source) => makeImage(source, false, { version, known: new Set(known), text })),
    ...hopperKernels.map((source) => makeImage(source, true, { version, known: new Set(known), text })),
  ].filter(({ empty }) => !empty);

const rowOf = ({ name, file, hopper }) => {
  const capability = hopper ? '9, 0' : '0, 0';
  return `OCTAVO_KERNELS(${name}, ${capability}, "${path.join(folder, `${file}.fatbin`).replaceAll('\\', '/')}")\n`;
};

/** What another machine's compiler made of these sources, whose build/cuda/ was copied here; undefined without that. */
function findCompiled() {
  if (process.env.CUDACXX === 'none' || !existsSync(maker)) return undefined;
  const made = JSON.parse(readFileSync(maker, 'utf8'));
  const complete = imagesOf(made).every(({ file }) => existsSync(path.join(folder, `${file}.fatbin`)));
  return complete ? made : undefined;
}

async function main() {
  mkdirSync(folder, { recursive: true });
  const depends = [list, ...inputsOf().map((file) => path.join(root, file))].map((file) => file.replaceAll(' ', '\\ '));
  writeFileSync(path.join(folder, 'kernel_images.d'), `${depends[0]}: ${depends.slice(1).join(' ')}\n`);
  const compiler = findCompiler();
  const made = compiler === undefined ? findCompiled() : describe(compiler);
  if (made === undefined) {
    console.log('octavo: nvcc was not found, so this build has no GPU kernels');
    return writeList('');
  }
  const images = imagesOf(made);
  await compileAll(compiler, images);
  writeFileSync(maker, JSON.stringify(made));
  writeList(`OCTAVO_KERNELS_VERSION(${made.version})\n${images.map(rowOf).join('')}`);
  removeOthers(images);
}

if (process.argv[2] === '--inputs') console.log(inputsOf().join(' '));
else
  main().catch((error) => {
    console.error(`${error.message}\noctavo: the GPU kernels were not compiled; CUDACXX=none builds without them`);
    process.exitCode = 1;
  });
