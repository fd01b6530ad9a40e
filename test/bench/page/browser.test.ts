/// <reference lib="dom" />
// The page in a real browser: nothing on the console, nothing beside the screen, and its figures to be read.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareReports } from '../../../bench/compare';
import { renderPage } from '../../../bench/page/render_page';
import type { BenchReport } from '../../../bench/report_types';
import { sampleReport, timed } from '../sample_report';

const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const program = programs.find(existsSync);
/** Without them, and without a network, a start looks up its maker's hosts. */
const QUIET = ['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const hostile = `<script>console.error("ran")</script>"'&`;
const report: BenchReport = {
  ...sampleReport,
  machine: { ...sampleReport.machine, cpu: `Some CPU ${hostile}` },
  cases: sampleReport.cases.map((one) => ({
    ...one,
    contestants: [...one.contestants, { ...timed('octavo to int8', 0.002, 'int8'), note: hostile }],
  })),
};
/** The same machine a while ago, twice as fast and twice as near its limits. */
const earlier: BenchReport = {
  ...report,
  cases: report.cases.map((one) => {
    const octavo = timed('octavo', 0.001, 'int8');
    return { ...one, contestants: [{ ...octavo, ofBound: octavo.ofBound && { ...octavo.ofBound, best: 1.97 } }] };
  }),
};

/** What a page shows, and what of it lies beside the screen without a place to scroll. */
async function look(page: Page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const outside = [...document.querySelectorAll('body *')].filter(
      (one) =>
        one.getBoundingClientRect().right > clientWidth + 1 &&
        !one.closest('.scroll') &&
        !one.closest('svg') &&
        one.checkVisibility(),
    );
    const cut = [...document.querySelectorAll('svg text')].filter((one) => {
      const [box, chart] = [one.getBoundingClientRect(), one.closest('svg')!.getBoundingClientRect()];
      return box.width > 0 && (box.right > chart.right + 1 || box.left < chart.left - 1);
    });
    const name = (one: Element): string => `${one.tagName} ${one.textContent?.slice(0, 40)}`;
    return { scrollWidth, clientWidth, outside: outside.map(name), cut: cut.map(name) };
  });
}

describe('the page of a run, in Chromium', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-page-'));
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (program === undefined) return;
    writeFileSync(path.join(folder, 'page.html'), renderPage(report, compareReports(earlier, report)));
    browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-gpu', ...QUIET] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  for (const [width, colorScheme] of [
    [360, 'light'],
    [360, 'dark'],
    [768, 'light'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)
    it(`fits ${width} pixels, ${colorScheme}, and says nothing on the console`, async ({ skip }) => {
      if (browser === undefined) return skip('skipped: no chromium here');
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
      const noise: string[] = [];
      page.on('console', (message) => noise.push(message.text()));
      page.on('pageerror', (error) => noise.push(error.message));
      page.on('request', (request) => {
        if (!/^(file|data):/.test(request.url())) noise.push(request.url());
      });
      await page.goto(pathToFileURL(path.join(folder, 'page.html')).href);
      for (const summary of await page.locator('summary').all()) await summary.click();
      const { scrollWidth, clientWidth, outside, cut } = await look(page);
      expect({ noise, outside, cut, tooWide: scrollWidth > clientWidth }).toEqual({
        noise: [],
        outside: [],
        cut: [],
        tooWide: false,
      });
      for (const part of [
        `Some CPU ${hostile}`,
        '512 × 11008 × 4096',
        '98.5 %',
        '2.00×',
        '1.90×',
        '5.00 ms',
        'wrong: 3 of 4 values wrong',
      ])
        expect(await page.getByText(part).filter({ visible: true }).count(), part).toBeGreaterThan(0);
      await page.close();
    });

  it('says every figure of its charts in a table, with a header for each row', async ({ skip }) => {
    if (browser === undefined) return skip('skipped: no chromium here');
    const page = await browser.newPage();
    await page.goto(pathToFileURL(path.join(folder, 'page.html')).href);
    const tables = await page.locator('table').all();
    expect(tables.length).toBeGreaterThan(6);
    const bare = await page.evaluate(
      () => [...document.querySelectorAll('tbody tr')].filter((row) => row.querySelector('th[scope]') === null).length,
    );
    expect(bare).toBe(0);
    expect(await page.locator('svg[role=img]:not([aria-label])').count()).toBe(0);
    expect(await page.locator('svg:not([role=img]):not([aria-hidden])').count()).toBe(0);
    expect(await page.locator('#changes').textContent()).toContain('2 slower');
    await page.close();
  });
});

it('refuses to skip where everything must be there', () => {
  if (process.env.CI === 'true') expect(program).toBeDefined();
});
