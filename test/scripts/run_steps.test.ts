// The order of the steps of `npm test`: what runs beside what, and what is left out when something fails.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type NamedStep, runSteps } from '../../scripts/test/run_steps.mjs';
import { makeSteps } from '../../scripts/test/steps.mjs';

const script = (text: string) => ({ run: [process.execPath, '-e', text] });
/** Says when it begins and ends; in between it writes a file of its name, and waits for another's. */
const step = (name: string, more: Partial<NamedStep> & { waitsFor?: string } = {}): NamedStep => {
  const { waitsFor = name, ...rest } = more;
  const program = `const fs = require('node:fs'); console.log('<${name}'); fs.writeFileSync('${name}', '');
    const look = (left) => fs.existsSync('${waitsFor}') ? console.log('${name}>') : left === 0 ? process.exit(3)
      : setTimeout(look, 20, left - 1);
    look(1000);`;
  return { name, tools: [], commands: [script(program)], ...rest };
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'octavo-steps-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(steps: NamedStep[]) {
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const outcomes = await runSteps(steps, { root: folder, toolsRequired: false, write });
  return { outcomes, marks: output.match(/<\w+|\w+>/g)?.join(' ') };
}

it('runs a step and those beside it at the same time, and keeps what they write apart', async () => {
  const { outcomes, marks } = await run([
    step('a'),
    step('b', { waitsFor: 'd' }), // which comes after c
    step('c', { beside: 'b', waitsFor: 'b' }),
    step('d', { beside: 'b', needs: ['c'] }),
    step('e', { beside: 'a' }), // not right behind it: alone
  ]);
  expect(marks).toBe('<a a> <b b> <c c> <d d> <e e>');
  expect([...outcomes.values()].every(({ passed }) => passed === 1)).toBe(true);
});

it('skips what builds on a step that failed, beside another one as well', async () => {
  const fails = { commands: [script('process.exit(3)')] };
  const { outcomes } = await run([
    step('a'),
    step('b', { ...fails, beside: 'a' }),
    step('c', { beside: 'a', needs: ['b'] }),
  ]);
  expect(outcomes.get('b')).toMatchObject({ failed: 1 });
  expect(outcomes.get('c')).toMatchObject({ passed: 0, skipped: 1 });
});

it('goes on after a failure, unless the step is required', async () => {
  const fails = { commands: [script('process.exit(3)')] };
  expect([...(await run([step('a', fails), step('b')])).outcomes.keys()]).toEqual(['a', 'b']);
  expect([...(await run([step('a', { ...fails, required: true }), step('b')])).outcomes.keys()]).toEqual(['a']);
});

it.each([false, true])('names steps that there are, and earlier ones, everything: %s', (all) => {
  const steps = makeSteps('scratch', all);
  for (const [i, { needs = [], beside }] of steps.entries()) {
    expect(steps[i]).toMatchObject({ name: expect.any(String), commands: expect.any(Array) });
    const earlier = steps.slice(0, i);
    expect(earlier.map(({ name }) => name)).toEqual(expect.arrayContaining(needs));
    if (beside === undefined) continue;
    // right behind the step, with nothing between but others beside it
    const before = earlier.filter((other) => other.beside !== beside).at(-1);
    expect(before?.name).toBe(beside);
  }
  expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
});
