// The inner loops of the arm64 kernels in llvm-mca's models of the CPUs they are for, and whole layers on a Raspberry Pi
// 4B from that: speed that can be shown without the hardware. Ends with 1 if a loop misses what kernels.mjs asks of it.
// Usage: node scripts/model/main.mjs [--write] [folder with object files, build/native-arm64 by default]
// --write: puts the tables into the documents, between their markers.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { missingTool } from '../tools.mjs';
import { missedBars } from './bars.mjs';
import { MCA } from './mca.mjs';
import { modelLoops } from './model_loops.mjs';
import { layerTable, loopTable, ratioTable } from './model_tables.mjs';
import { timeLayers } from './raspberry_pi.mjs';
import { replaceSection } from './replace_section.mjs';

/** The tables of each document. */
const DOCUMENTS = { 'bench/RESULTS.md': ['loops', 'ratios', 'layers'], 'docs/raspberry-pi.md': ['layers'] };

/** @param {Record<string, string>} tables */
function writeTables(tables) {
  const date = new Date().toISOString().slice(0, 10);
  for (const [file, names] of Object.entries(DOCUMENTS)) {
    const section = (text, name) => replaceSection(text, name, `\`npm run model\`, ${date}:\n\n${tables[name]}`);
    writeFileSync(file, names.reduce(section, readFileSync(file, 'utf8')));
  }
}

function main() {
  const { values, positionals } = parseArgs({ options: { write: { type: 'boolean' } }, allowPositionals: true });
  const missing = missingTool([MCA, 'aarch64-linux-gnu-objdump']);
  if (missing !== undefined) throw new Error(`${missing} is not installed: scripts/setup.sh`);
  const loops = modelLoops(positionals[0] ?? path.join('build', 'native-arm64'));
  const tables = { loops: loopTable(loops), ratios: ratioTable(loops), layers: layerTable(timeLayers(loops)) };
  console.log(Object.values(tables).join('\n\n'));
  if (values.write) writeTables(tables);
  const missed = missedBars(loops);
  for (const sentence of missed) console.error(sentence);
  console.log(`${loops.length} loops modelled, ${missed.length} short of what they must reach`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
