// Scores models on the real data of ../shared: accuracy, size, speed and integer coverage beside the float model and
// onnxruntime.quantization's models, in one run on one thread.
// Usage: node scripts/score/main.mjs TASK [MODEL.onnx ...] [--rounds N] [--json | --markdown]
// TASK: mnist, gesture, ResNet-8, banking77, magika, stories, or all (without models of one's own)
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { estimate } from '../../dist/lib/statistics/index.js';
import { coverageOf, openSession, optimizedOps, RUNTIME, runnerOf, scoreOf } from './runtime.mjs';
import { DATA } from './shared_files.mjs';
import { timeInTurn } from './speed.mjs';
import { TASKS } from './tasks.mjs';

function candidatesOf(task, models) {
  const own = models.map((file) => [path.basename(file, '.onnx'), file]);
  const peers = task.peers.map((name) => [name, path.join(DATA, 'ort-quant', `${name}.onnx`)]);
  return [['float', path.join(DATA, task.file)], ...peers, ...own];
}

async function scoreTask(task, models, rounds) {
  const samples = await task.open();
  const timed = samples.batched?.() ?? samples.single?.() ?? samples.test[0].feeds;
  const rows = [];
  for (const [name, file] of candidatesOf(task, models)) {
    const session = await openSession(file);
    const { value, count } = await scoreOf(session, samples.test, task.metric);
    const { integer, float } = coverageOf(await optimizedOps(file));
    rows.push({ name, bytes: statSync(file).size, score: value, count, integer, float, run: runnerOf(session, timed) });
  }
  const times = await timeInTurn(Object.fromEntries(rows.map(({ name, run }) => [name, run])), rounds);
  return rows.map(({ run, ...row }) => ({ task: task.name, unit: task.metric.unit, ...row, ms: times[row.name] }));
}

/** An accuracy with its 95 % interval, or a loss, and what it differs by from the float model's. */
function showScore({ score, count, unit }, float) {
  const change = `${score >= float ? '+' : '-'}${Math.abs(score - float).toFixed(unit === '%' ? 2 : 4)}`;
  if (unit !== '%') return `${score.toFixed(4)} nats (${change})`;
  const { low, high } = estimate(Math.round((score * count) / 100), count);
  return `${score.toFixed(2)} % [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}] (${change})`;
}

function columnsOf(row, float) {
  const { best, median } = row.ms;
  const digits = best < 1 ? 4 : 3;
  return [
    row.name,
    `${row.bytes} B, ${(float.bytes / row.bytes).toFixed(2)}x`,
    showScore(row, float.score),
    `${row.integer}/${row.integer + row.float}`,
    `${best.toFixed(digits)} ms (median ${median.toFixed(digits)}), ${(float.ms.best / best).toFixed(2)}x`,
  ];
}

function print(rows, markdown) {
  const [float] = rows;
  console.log(`\n${float.task}: ${float.count} scored; ${RUNTIME}, 1 thread\n`);
  const header = ['model', 'size', 'score', 'int8', 'time of one run'];
  if (markdown) console.log(`| ${header.join(' | ')} |\n|${header.map(() => '---').join('|')}|`);
  for (const columns of rows.map((row) => columnsOf(row, float)))
    console.log(markdown ? `| ${columns.join(' | ')} |` : columns.map((text) => text.padEnd(28)).join('  '));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
  },
});
const [wanted = 'all', ...models] = positionals;
const tasks = TASKS.filter(({ name }) => wanted === 'all' || name.toLowerCase() === wanted.toLowerCase());
if (!existsSync(DATA)) throw new Error('../shared not present');
if (tasks.length === 0) throw new Error(`no task '${wanted}': ${TASKS.map(({ name }) => name).join(', ')}`);
const all = [];
for (const task of tasks) {
  const rows = await scoreTask(task, models, Number(values.rounds));
  if (!values.json) print(rows, values.markdown);
  all.push(...rows);
}
if (values.json) console.log(JSON.stringify(all, null, 2));
