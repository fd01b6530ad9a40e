// What the end of `npm test` says about what failed: each step, and in it each test with the first line of its message.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  doctestFailures,
  failuresOf,
  formatFailures,
  summaryFailures,
  vitestFailures,
} from '../../scripts/test/failures.mjs';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'octavo-failures-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const assertion = (title: string, status: string, message?: string) => ({
  ancestorTitles: ['a subject'],
  title,
  status,
  failureMessages: message === undefined ? [] : [message],
});

function writeReport(): string {
  const file = path.join(folder, 'report.json');
  const name = (base: string) => path.join(folder, 'test', base);
  const testResults = [
    {
      name: name('a.test.ts'),
      status: 'failed',
      message: '',
      assertionResults: [
        assertion('works', 'passed'),
        assertion('breaks', 'failed', '\u001b[31mAssertionError: expected 1 to be 2\u001b[39m\n    at a.test.ts:3:4'),
        assertion('hangs', 'failed', 'Error: STACK_TRACE_ERROR\n    at a.test.ts:5:6'),
        assertion('is left out', 'skipped'),
      ],
    },
    { name: name('b.test.ts'), status: 'failed', message: "\nCannot find module 'x'\nfrom y", assertionResults: [] },
    { name: name('c.test.ts'), status: 'passed', message: '', assertionResults: [assertion('crashes', 'pending')] },
    { name: name('d.test.ts'), status: 'passed', message: '', assertionResults: [assertion('works', 'passed')] },
  ];
  writeFileSync(file, JSON.stringify({ testResults }));
  return file;
}

const OF_REPORT = [
  'test/a.test.ts > a subject > breaks: AssertionError: expected 1 to be 2',
  'test/a.test.ts > a subject > hangs: it timed out',
  "test/b.test.ts: Cannot find module 'x'",
  'test/c.test.ts > a subject > crashes: it did not end',
];

const NATIVE = `1: ===============================================================================
1: /somewhere/test/native/pool_test.cc:9:
1: TEST CASE:  jobs run once
1:
1: /somewhere/test/native/pool_test.cc:12: ERROR: CHECK( a == b ) is NOT correct!
1:   values: CHECK( 1 == 2 )
1:
1: /somewhere/test/native/pool_test.cc:13: ERROR: CHECK( c ) is NOT correct!
1:   values: CHECK( false )
2: /somewhere/test/native/pack_test.cc:40:
2: TEST CASE:  packs
2: /somewhere/test/native/pack_test.cc:40: FATAL ERROR: test case CRASHED: SIGSEGV - Segmentation violation signal
`;

describe('the failures', () => {
  it('of vitest are its failed tests, files that do not load, and tests that never ended', () => {
    expect(vitestFailures(writeReport(), folder)).toEqual(OF_REPORT);
  });

  it('of native tests are one line for each case', () => {
    expect(doctestFailures(NATIVE)).toEqual([
      'pool_test.cc > jobs run once: CHECK( 1 == 2 )',
      'pack_test.cc > packs: test case CRASHED: SIGSEGV - Segmentation violation signal',
    ]);
  });

  it('of a check are its lines that say so, with the reason below', () => {
    const output =
      'ok     names (3 files)\nFAILED limits (9 files)\n       a.ts: too long\nFAILED layers\ncheck: 1 passed\n';
    expect(summaryFailures(output)).toEqual(['limits (9 files): a.ts: too long', 'layers']);
  });
});

describe('the failures of a command', () => {
  it('are those of its report', () => {
    expect(failuresOf({ run: ['vitest'], counts: { vitest: writeReport() } }, '', folder)).toEqual(OF_REPORT);
  });

  it.each([
    [
      'a compiler',
      'cc -c errors.cc\nx.cc:3:4: error: no such thing\nninja: stopped\n',
      'x.cc:3:4: error: no such thing',
    ],
    [
      'a sanitizer',
      'ok\nWARNING: ThreadSanitizer: data race (pid=1)\nlast\n',
      'WARNING: ThreadSanitizer: data race (pid=1)',
    ],
    ['types', 'a.ts(3,4): error TS2322: wrong\n', 'a.ts(3,4): error TS2322: wrong'],
    ['anything else', 'begin\n\u001b[31mthe end\u001b[39m\n\n', 'the end'],
    ['nothing', '', 'no output'],
  ])('are the line that tells of %s where no test does', (_, output, line) => {
    expect(failuresOf({ run: ['tool', '-x'] }, output, folder)).toEqual([`tool -x: ${line}`]);
    const vitest = path.join(folder, 'no-report.json');
    for (const counts of ['summary', 'doctest', { vitest }] as const)
      expect(failuresOf({ run: ['tool', '-x'], counts }, output, folder)).toEqual([`tool -x: ${line}`]);
  });
});

describe('the end of the log', () => {
  it('names each step and what failed in it', () => {
    const failed = [
      { step: 'check', failures: ['limits'] },
      { step: 'vitest', failures: OF_REPORT },
    ];
    expect(formatFailures(failed)).toBe(
      ['FAILED: check', '  limits', 'FAILED: vitest', ...OF_REPORT.map((line) => `  ${line}`)].join('\n'),
    );
  });

  it('stays short whatever fails', () => {
    const failures = Array.from({ length: 1000 }, (_, i) => `${i} ${'x'.repeat(5000)}`);
    const lines = formatFailures([{ step: 'vitest', failures }]).split('\n');
    expect(lines.length).toBe(32);
    expect(lines.at(-1)).toBe('  and 970 more');
    for (const line of lines) expect(line.length).toBeLessThan(250);
  });
});
