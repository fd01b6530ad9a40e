/// <reference lib="dom" />
// The report's page in a real browser: charts are drawn, nothing is on the console, beside the screen, or from elsewhere.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHtml } from '../../../lib/onnx/report';
import { sampleReport } from './sample_report';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
/** Without them, and without a network, a start looks up its maker's hosts. */
const QUIET = ['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Charts that hold more than one colour, and what lies beside the screen without a place to scroll. */
async function look(page: Page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const outside = [...document.querySelectorAll('body *')]
      .filter((one) => one.checkVisibility() && !one.closest('.scroll, pre, canvas'))
      .filter((one) => one.getBoundingClientRect().right > clientWidth + 1)
      .map((one) => `${one.tagName} ${one.className}`);
    const drawn = [...document.querySelectorAll('canvas')].map((canvas) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    return { tooWide: scrollWidth > clientWidth, outside, drawn };
  });
}

describe('the report in Chromium', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-report-'));
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (program === undefined) return;
    writeFileSync(path.join(folder, 'page.html'), toHtml(sampleReport));
    browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-gpu', ...QUIET] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  for (const [width, colorScheme] of [
    [360, 'dark'],
    [1280, 'light'],
  ] as const)
    it(`fits ${width} pixels, ${colorScheme}, and draws every chart`, async ({ skip }) => {
      if (browser === undefined) return skip('skipped: no chromium here');
      const page = await browser.newPage({ viewport: { width, height: 9000 }, colorScheme });
      const noise: string[] = [];
      page.on('console', (message) => noise.push(message.text()));
      page.on('pageerror', (error) => noise.push(error.message));
      page.on('request', (request) => {
        if (!/^(file|data):/.test(request.url())) noise.push(request.url());
      });
      await page.goto(pathToFileURL(path.join(folder, 'page.html')).href);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      await expect.poll(() => page.locator('canvas').count()).toBe(6); // SQNR, sensitivity, four histograms
      const { drawn, ...rest } = await look(page);
      expect({ noise, ...rest }).toEqual({ noise: [], tooWide: false, outside: [] });
      expect(Math.min(...drawn)).toBeGreaterThan(3);
      expect(await page.locator('[role=img]:not([aria-label])').count()).toBe(0);
      await page.close();
    });
});

it('refuses to skip where everything must be there', () => {
  if (process.env.CI === 'true') expect(program).toBeDefined();
});
