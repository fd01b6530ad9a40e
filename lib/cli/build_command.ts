// `octavo build`: compiles the addon from the sources in the package, for systems that no prebuilt binary fits.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { makeError } from '../errors';
import { packageRoot, unsupportedReason } from '../loading';

const DESCRIPTION =
  'Compile the native addon from the sources that come with octavo. Only systems without a prebuilt binary need it, ' +
  'and a C++20 compiler, make and Python 3.';

const AFTER_HELP = `
Run it as \`npx octavo build\` in the folder of your project: npm brings node-gyp,
which does the work. It takes some minutes on a small machine.`;

/** Lines of the compiler's output that a failure shows, and those that node-gyp adds to each of its failures. */
const SHOWN_LINES = 15;
const NOISE =
  /^gyp (info|http)|^gyp ERR! (stack +at |System|command|cwd|node -v|node-gyp -v|\$npm|not ok)|^\s*$|\*{20}/;

interface Flags {
  ifNeeded?: boolean;
  verbose?: boolean;
  json?: boolean;
}

interface Outcome {
  code: number;
  output: string;
}

/** Runs Node with these arguments in the package's folder. `pass` hands its output on as it comes. */
function runNode(args: string[], pass: boolean): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (pass) process.stderr.write(text);
      });
    child.on('error', (error) => resolve({ code: 1, output: `${output}${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** node-gyp's program: npm says where its own is, and Node's installers put npm beside Node. */
function findNodeGyp(): string {
  const prefix = path.dirname(path.dirname(process.execPath));
  const inNpm = path.join('node_modules', 'npm', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const places = [
    process.env.npm_config_node_gyp,
    path.join(packageRoot, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'),
    path.join(prefix, 'lib', inNpm),
    path.join(path.dirname(process.execPath), inNpm),
  ];
  const found = places.find((place) => place !== undefined && existsSync(place));
  if (found === undefined)
    throw makeError('ERR_UNSUPPORTED', 'node-gyp, which npm brings, was not found; run this as `npx octavo build`');
  return found;
}

/** node-gyp wants its file in the package's folder, where a published package has none: package managers would compile. */
function putGypFile(): void {
  const packed = path.join(packageRoot, 'native', 'binding.gyp');
  if (!existsSync(packed)) return;
  try {
    copyFileSync(packed, path.join(packageRoot, 'binding.gyp'));
  } catch (cause) {
    throw makeError('ERR_FILE', `the package's folder must be writable: ${(cause as Error).message}`, { cause });
  }
}

/** The kernel set of the addon as a process of its own loads it, or why it does not load. */
async function tryAddon(): Promise<{ isa: string } | { problem: string }> {
  const code = "process.stdout.write(require('./dist/lib/addon.js').addon.isa())";
  const { code: status, output } = await runNode(['-e', code], false);
  return status === 0 ? { isa: output } : { problem: output.trim() };
}

async function compile({ verbose = false }: Flags): Promise<void> {
  const refused = unsupportedReason();
  if (refused !== undefined) throw makeError('ERR_UNSUPPORTED', `${refused.reason}. ${refused.remedy}.`);
  process.stderr.write('octavo: compiling the addon; some minutes on a small machine\n');
  const nodeGyp = findNodeGyp();
  putGypFile();
  const { code, output } = await runNode([nodeGyp, 'rebuild', '-j', 'max'], verbose);
  if (code === 0) return;
  const said = output.split('\n').filter((line) => !NOISE.test(line));
  if (!verbose) process.stderr.write(`${said.slice(-SHOWN_LINES).join('\n')}\n\n`);
  throw makeError(
    'ERR_LOAD',
    'the addon could not be compiled; the lines above say why. It needs a C++20 compiler (g++ 12, clang 15 or ' +
      'newer; not that of Visual Studio), make and Python 3; on Debian: apt install g++ make python3',
  );
}

async function build(flags: Flags): Promise<void> {
  const start = performance.now();
  if (flags.ifNeeded && 'isa' in (await tryAddon())) return;
  await compile(flags);
  const built = await tryAddon();
  if ('problem' in built) throw makeError('ERR_LOAD', `the addon was compiled and does not load: ${built.problem}`);
  const result = { isa: built.isa, seconds: Math.round((performance.now() - start) / 100) / 10 };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(result, null, 2)}\n`
      : `octavo: built in ${result.seconds} s; kernel set ${result.isa}\n`,
  );
}

/** Adds the command to the program. */
export function registerBuild(program: Command): void {
  program
    .command('build')
    .summary('compile the native addon from source')
    .description(DESCRIPTION)
    .option('--if-needed', 'do nothing if the addon loads as it is')
    .option('--verbose', "pass on all of the compiler's output")
    .option('--json', 'print the result as JSON')
    .addHelpText('after', AFTER_HELP)
    .action(build);
}
