#!/usr/bin/env node
// The command `octavo`: one verb per job. A verb's work is imported when it runs, so that help needs no native addon.
import { Command } from 'commander';
import { registerAdvise } from './advise_command';
import { registerBench } from './bench_command';
import { registerBuild } from './build_command';
import { registerCalibrate } from './calibrate_command';
import { registerCheck } from './check_command';
import { registerCompare } from './compare_command';
import { registerDemo } from './demo_command';
import { fail, installExitHandlers } from './exit';
import { registerIndex } from './index_command';
import { registerInspect } from './inspect_command';
import { registerKv } from './kv_command';
import { registerMerge } from './merge_command';
import { registerQuantize } from './quantize_command';
import { registerShow } from './show_command';

const DESCRIPTION = 'Quantizes ONNX models for the runtime that will run them, and measures what that gains and costs.';

const AFTER_HELP = `
New here? \`octavo demo\` quantizes a digit classifier and compares it with the
original; \`octavo advise model.onnx\` says what fits a model of yours.
Every command takes --help and --json.

Environment:
  OCTAVO_ISA      forces a kernel set, for example avx2
  OCTAVO_THREADS  threads to use instead of one for each usable CPU
  OCTAVO_DEBUG    set it to see the stack of an error
Exit codes:
  0 done, 1 refused (one line says why), 2 wrong usage, 130 interrupted`;

function createProgram(): Command {
  const { version } = require('octavo/package.json') as { version: string };
  const program = new Command('octavo');
  program
    .description(DESCRIPTION)
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', AFTER_HELP)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'octavo: ')) })
    .exitOverride();
  registerQuantize(program);
  registerAdvise(program);
  registerCheck(program);
  registerCompare(program);
  registerInspect(program);
  registerDemo(program);
  registerBench(program);
  registerBuild(program);
  registerCalibrate(program);
  registerKv(program);
  registerMerge(program);
  registerIndex(program);
  registerShow(program);
  return program;
}

async function main(): Promise<void> {
  installExitHandlers();
  try {
    await createProgram().parseAsync(process.argv);
  } catch (error) {
    fail(error);
  }
}

void main();
