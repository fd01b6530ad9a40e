// Runs a program of native tests on every emulated CPU of its architecture, several at a time, and checks that it found
// the kernel sets that this CPU has. Usage: node scripts/test/emulated_native_tests.mjs arm64|x64 <program>
import { availableParallelism } from 'node:os';
import { cpusOf, EMULATED_CPUS } from './emulators.mjs';
import { runCaptured } from './run_captured.mjs';

/** Why a run was not what it should be; undefined if it was. */
function problemOf({ covers }, { code, output }) {
  if (code !== 0) return `ended with ${code ?? 'a signal'}`;
  const found = /^kernel sets covered: ([\w ]+)/m.exec(output)?.[1];
  return found === covers ? undefined : `has the kernel sets ${found}, expected ${covers}`;
}

const [arch, program] = process.argv.slice(2);
if (program === undefined) throw new Error('usage: emulated_native_tests.mjs arm64|x64 <program>');
const waiting = cpusOf(arch);
async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const { run, env } = EMULATED_CPUS[name];
    const [emulator, ...args] = run;
    const result = await runCaptured(emulator, [...args, program], env);
    const problem = problemOf(EMULATED_CPUS[name], result);
    console.log(`\n${name}:\n${result.output.trimEnd()}`);
    if (problem === undefined) continue;
    console.log(`error: ${name} ${problem}`);
    process.exitCode = 1;
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
