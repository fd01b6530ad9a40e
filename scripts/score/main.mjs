// Scores models on the real data of ../shared: accuracy, size, speed and integer coverage beside the float model and
// onnxruntime.quantization's models, in one run on one thread.
// Usage: node scripts/score/main.mjs TASK [MODEL.onnx ...] [--rounds N] [--json]
// TASK: mnist, gesture, ResNet-8, banking77, magika, stories, or all (without models of one's own)
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
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

function print(rows) {
  const [{ bytes, score, ms }] = rows;
  console.log(`\n${rows[0].task} (${rows[0].count} scored, ${rows[0].unit}; ${RUNTIME}, 1 thread)`);
  for (const row of rows)
    console.log(
      [
        row.name.padEnd(28),
        `${String(row.bytes).padStart(9)} B ${(bytes / row.bytes).toFixed(2)}x`,
        `score ${row.score.toFixed(4)} (${row.score >= score ? '+' : ''}${(row.score - score).toFixed(4)})`,
        `int8 ${row.integer}/${row.integer + row.float}`,
        `${(1000 * row.ms.best).toFixed(1)} us best, ${(1000 * row.ms.median).toFixed(1)} median, ${(ms.best / row.ms.best).toFixed(2)}x`,
      ].join('  '),
    );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '60' }, json: { type: 'boolean', default: false } },
});
const [wanted = 'all', ...models] = positionals;
const tasks = TASKS.filter(({ name }) => wanted === 'all' || name.toLowerCase() === wanted.toLowerCase());
if (!existsSync(DATA)) throw new Error('../shared not present');
if (tasks.length === 0) throw new Error(`no task '${wanted}': ${TASKS.map(({ name }) => name).join(', ')}`);
const all = [];
for (const task of tasks) {
  const rows = await scoreTask(task, models, Number(values.rounds));
  if (!values.json) print(rows);
  all.push(...rows);
}
if (values.json) console.log(JSON.stringify(all, null, 2));
