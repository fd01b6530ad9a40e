// Writes the models with random weights that have no task: a residual net of 13 convolutions, a transformer encoder in
// BERT-base's shape, a CNN of 5 MB. Usage: node scripts/score/generate_models.mjs FOLDER [--layers N]
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bertEncoder, residualNet, smallCnn } from '../../dist/bench/onnx/models/index.js';
import { writeModel } from '../../dist/lib/onnx/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { layers: { type: 'string', default: '12' } },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('usage: generate_models.mjs FOLDER [--layers N]');
mkdirSync(folder, { recursive: true });
await writeModel(residualNet(), path.join(folder, 'residual.onnx'));
await writeModel(smallCnn(), path.join(folder, 'cnn.onnx'));
await writeModel(bertEncoder({ layers: Number(values.layers) }), path.join(folder, 'bert.onnx'));
