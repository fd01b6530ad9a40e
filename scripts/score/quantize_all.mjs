// Quantizes every scored model, and those with random weights, by the command line as a user would, into a folder.
// Usage: node scripts/score/quantize_all.mjs FOLDER [TASK ...]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DATA } from './shared_files.mjs';
import { TASKS } from './tasks.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const command = path.join(here, '..', '..', 'dist', 'lib', 'cli', 'main.js');
const [folder, ...wanted] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: quantize_all.mjs FOLDER [TASK ...]');

/** What a user would type beside the model and `--calib`, where the defaults are not it. */
const OPTIONS = {
  mnist: { static: [] },
  gesture: { static: [] },
  'ResNet-8': { static: [], minmax: ['--method', 'minmax'], rounded: ['--learned-rounding', '--bias-correction'] },
  banking77: { static: [], dynamic: ['--mode', 'dynamic'] },
  magika: { static: [] },
  stories: {
    static: ['--smooth-quant', '--no-attention'],
    dynamic: ['--mode', 'dynamic'],
    int4: ['--mode', 'weight-only', '--weight-format', 'uint4'],
  },
};
/** Random samples, and how many. */
const GENERATED = { residual: 16, cnn: 200, bert: 4 };

function run(args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`node ${args.join(' ')}: exit code ${status}\n${stderr}`);
  return (performance.now() - start) / 1000;
}

function quantize(model, out, args) {
  const seconds = run([command, 'quantize', model, '-o', out, '--force', '--quiet', ...args]);
  console.log(
    `${path.basename(out)}: ${seconds.toFixed(1)} s: octavo quantize ${path.basename(model)} ${args.join(' ')}`,
  );
}

const isWanted = (name) => wanted.length === 0 || wanted.includes(name);

for (const { name, file } of TASKS.filter(({ name }) => isWanted(name))) {
  const samples = path.join(folder, 'calibration', name);
  run([path.join(here, 'export_calibration.mjs'), name, samples]);
  for (const [variant, args] of Object.entries(OPTIONS[name]))
    quantize(path.join(DATA, file), path.join(folder, `${name}.${variant}.onnx`), ['--calib', samples, ...args]);
}
for (const [name, samples] of Object.entries(GENERATED).filter(([name]) => isWanted(name))) {
  const model = path.join(folder, `${name}.onnx`);
  if (!existsSync(model)) run([path.join(here, 'generate_models.mjs'), folder]);
  quantize(model, path.join(folder, `${name}.static.onnx`), ['--calib', `random:${samples}`]);
}
