// Every example of README.md does what it says when it is pasted; and the test notices one that does not.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, installConsumer } from '../package/consumer';
import { type Example, runExample, sortExamples } from './examples';
import { fencedBlocks, shellCommands } from './fenced_blocks';

/** Commands of README.md that are not run here, and what runs them. */
const ELSEWHERE: Record<string, string> = {
  'npm install octavo': 'test/package/install.test.ts',
  'npx octavo build': 'npm install of .ci/run',
  'npm install && npm test': '.ci/run',
  'npm install && npm start': 'the step "start" of npm test',
  'scripts/setup.sh': '.ci/run',
};

const README = readFileSync(path.join(__dirname, '..', '..', 'README.md'), 'utf8');

let consumer: Consumer;
beforeAll(() => {
  consumer = installConsumer(['--ignore-scripts']);
}, 320_000);
afterAll(() => consumer?.remove());

describe('README.md', () => {
  const { examples, problems } = sortExamples(README, ELSEWHERE);

  it('has examples, and every command of it is run or listed', () => {
    expect(examples.map(({ kind }) => kind)).toContain('program');
    expect(examples.map(({ kind }) => kind)).toContain('command');
    expect(problems).toEqual([]);
  });

  it.each(examples)(
    '$title',
    (example) => {
      const { status, stdout, stderr } = runExample(consumer, example);
      expect(status, `${stdout}\n${stderr}`).toBe(0);
    },
    250_000,
  );
});

describe('the test of README.md', () => {
  const fence = '```';
  const only = (markdown: string): Example => {
    const [example] = sortExamples(markdown, {}).examples;
    if (example === undefined) throw new Error('no example');
    return example;
  };
  const block = (language: string, code: string) => only(`${fence}${language}\n${code}\n${fence}\n`);

  it.each([
    ['a JavaScript module', 'js', "import { Tensor } from 'octavo';\nTensor.zeros('int8', [2]);"],
    ['a CommonJS script', 'js', "const { Tensor } = require('octavo');\nTensor.zeros('int8', [2]);"],
    [
      'a TypeScript module',
      'ts',
      "import { Tensor } from 'octavo';\nconst t: Tensor<'int8'> = Tensor.zeros('int8', [2]);",
    ],
    ['a command', 'sh', 'npx octavo --version'],
  ])('accepts %s that works', (_, language, code) => {
    const { status, stdout, stderr } = runExample(consumer, block(language, code));
    expect(status, `${stdout}\n${stderr}`).toBe(0);
  });

  it.each([
    ['a name that does not exist', 'js', "import { Tenser } from 'octavo';\nTenser.zeros('int8', [2]);"],
    ['an exception', 'js', "const { Tensor } = require('octavo');\nTensor.zeros('int9', [2]);"],
    ['a type error', 'ts', "import { Tensor } from 'octavo';\nconst t: Tensor<'int8'> = Tensor.zeros('uint8', [2]);"],
    ['a verb that does not exist', 'sh', 'npx octavo no-such-verb'],
  ])('fails at %s', (_, language, code) => {
    expect(runExample(consumer, block(language, code)).status).not.toBe(0);
  });

  it('reports commands that are unknown, and rows that are stale', () => {
    const markdown = `${fence}sh\n$ make install  # all of it\nnpm test\n${fence}\n`;
    expect(sortExamples(markdown, { 'npm test': 'here', 'npm run gone': 'there' })).toEqual({
      examples: [],
      problems: [
        'line 1: "make install" cannot be run here and is not listed',
        '"npm run gone" is listed, but it is not in the document',
      ],
    });
  });

  it('reads fences of any length, and commands over several lines', () => {
    const inner = `~~~~js\n${fence}\n~~~~\n${fence}\nplain\n${fence}\n`;
    expect(fencedBlocks(inner)).toEqual([
      { language: 'js', code: `${fence}\n`, line: 1 },
      { language: '', code: 'plain\n', line: 4 },
    ]);
    expect(() => fencedBlocks(`${fence}js\n`)).toThrow('line 1 is not closed');
    expect(shellCommands({ language: 'sh', code: '# note\n$ npx a \\\n    --b\n\nnpx c # d\n', line: 1 })).toEqual([
      'npx a --b',
      'npx c',
    ]);
  });
});
