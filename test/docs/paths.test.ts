// Every file and folder that a document at the root names is there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.join(__dirname, '..', '..');
const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)/g;
const NAMED = /`((?:\.ci|assets|bench|lib|native|scripts|test)\/[\w./-]*)`/g;

/** Relative links, and paths in backticks that begin with a folder of the project. */
function pathsIn(markdown: string): string[] {
  const prose = markdown.replace(/^(`{3,})[\s\S]*?^\1/gm, '');
  return [LINK, NAMED].flatMap((pattern) => [...prose.matchAll(pattern)].map((match) => match[1] ?? ''));
}

describe.each(readdirSync(ROOT).filter((name) => name.endsWith('.md')))('%s', (name) => {
  it('names only what exists', () => {
    const missing = pathsIn(readFileSync(path.join(ROOT, name), 'utf8')).filter(
      (target) => !existsSync(path.join(ROOT, target)),
    );
    expect(missing).toEqual([]);
  });
});

it('links and names are found', () => {
  const markdown =
    'a [b](c/d.md#e) `lib/x.ts` `native/` `npm test` [f](https://g.h)\n```sh\n`lib/no`\n```\n`lib/<op>.h`';
  expect(pathsIn(markdown)).toEqual(['c/d.md', 'lib/x.ts', 'native/']);
});
