// The workflows in .github/: what they run is pinned, and they build every prebuilt binary.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { scripts } from '../../package.json';
import { TARGETS } from '../../scripts/prebuild/targets.mjs';

const FOLDER = path.join(__dirname, '..', '..', '.github', 'workflows');
const workflows = readdirSync(FOLDER).map((name) => ({ name, text: readFileSync(path.join(FOLDER, name), 'utf8') }));

describe.each(workflows)('$name', ({ text }) => {
  it('uses actions by their commit, with the version beside it', () => {
    const uses = [...text.matchAll(/uses: (\S+)(.*)/g)].filter(([, action]) => !action!.startsWith('./'));
    expect(uses.length).toBeGreaterThan(0);
    for (const [, action, comment] of uses) {
      expect(action).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/);
      expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/);
    }
  });

  it('grants no more than it needs', () => {
    expect(text).toContain('\npermissions:\n  contents: read\n');
    expect(text.match(/: write/g) ?? []).toHaveLength(text.includes('scripts/publish.mjs') ? 1 : 0);
  });

  it('runs scripts that are there', () => {
    for (const [, name] of text.matchAll(/npm run (\S+)/g)) expect(Object.keys(scripts)).toContain(name);
  });
});

it('release.yml builds every target', () => {
  const { text } = workflows.find(({ name }) => name === 'release.yml')!;
  const targets = [...text.matchAll(/\{ target: ([\w-]+),/g)].map((match) => match[1]);
  expect(targets.sort()).toEqual(TARGETS.map(({ name }) => name).sort());
});
