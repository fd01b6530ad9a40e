// What becomes of each example of a document: it is run, or a list says where else it is; anything else is a problem.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Consumer, Result } from '../package/consumer';
import { type Block, fencedBlocks, shellCommands } from './fenced_blocks';

const MODULES = path.join(__dirname, '..', '..', 'node_modules');
const TSC = path.join(MODULES, '.bin', 'tsc');
// What a TypeScript project for Node has: the types of Node, and none of the browser's.
const TSC_OPTIONS = ['--target', 'es2022', '--module', 'nodenext', '--strict', '--ignoreConfig', '--types', 'node'];
const PROGRAMS = new Set(['ts', 'js']);
const SHELL = new Set(['sh', 'bash', 'shell', 'console']);
// What can be run in a folder that has the package and nothing else.
const RUNNABLE = /^npx octavo( |$)/;

export interface Example {
  kind: 'program' | 'command';
  /** Shown as the test's name. */
  title: string;
  block: Block;
  /** The command, for `kind: 'command'`. */
  command: string;
}

export interface Sorted {
  examples: Example[];
  /** Commands that can neither be run nor are listed, and rows of the list that the document does not use. */
  problems: string[];
}

/** Sorts the examples of a document. `elsewhere`: commands that are not run here, each with what covers it. */
export function sortExamples(markdown: string, elsewhere: Readonly<Record<string, string>>): Sorted {
  const examples: Example[] = [];
  const problems: string[] = [];
  const listed = new Set<string>();
  for (const block of fencedBlocks(markdown)) {
    if (PROGRAMS.has(block.language))
      examples.push({ kind: 'program', title: `line ${block.line}: ${block.language}`, block, command: '' });
    if (!SHELL.has(block.language)) continue;
    for (const command of shellCommands(block)) {
      if (elsewhere[command] !== undefined) listed.add(command);
      else if (RUNNABLE.test(command))
        examples.push({ kind: 'command', title: `line ${block.line}: ${command}`, block, command });
      else problems.push(`line ${block.line}: "${command}" cannot be run here and is not listed`);
    }
  }
  for (const command of Object.keys(elsewhere))
    if (!listed.has(command)) problems.push(`"${command}" is listed, but it is not in the document`);
  return { examples, problems };
}

function compile(consumer: Consumer, name: string): Result {
  const types = ['--typeRoots', path.join(MODULES, '@types')];
  const { status, stdout, stderr } = spawnSync(TSC, [...TSC_OPTIONS, ...types, name], {
    cwd: consumer.folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Runs an example in the consumer's folder; the result of the step that failed, or of the last one. */
export function runExample(consumer: Consumer, { kind, block, command }: Example): Result {
  if (kind === 'command') return consumer.run('sh', ['-c', command], 240);
  const stem = `example_${block.line}`;
  const extension = /\brequire\(/.test(block.code) ? 'c' : 'm';
  if (block.language === 'js') consumer.write(`${stem}.${extension}js`, block.code);
  else {
    consumer.write(`${stem}.${extension}ts`, block.code);
    const compiled = compile(consumer, `${stem}.${extension}ts`);
    if (compiled.status !== 0) return compiled;
  }
  return consumer.run('node', [`${stem}.${extension}js`]);
}
