import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readReport } from '../../bench/read_report';
import { sampleReport } from './sample_report';

const folder = mkdtempSync(path.join(tmpdir(), 'octavo-report-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'report.json');

function readText(text: string) {
  writeFileSync(file, text);
  return readReport(file);
}

const refusal = (message: string) => expect.objectContaining({ code: 'ERR_FILE', message: `${file}: ${message}` });

it('gives back what was written', () => {
  expect(readText(JSON.stringify(sampleReport))).toEqual(sampleReport);
});

it('reads runs that did not look at the board and the state of its CPU', () => {
  const { cpuStates: _, ...report } = sampleReport;
  const { board: __, ...machine } = sampleReport.machine;
  expect(readText(JSON.stringify({ ...report, machine }))).toEqual(sampleReport);
});

it('refuses in one line what is no report', () => {
  expect(() => readText('{')).toThrow(refusal('is not JSON'));
  for (const text of ['null', '3', '[]', '{"format": null}'])
    expect(() => readText(text)).toThrow(/is no report of this octavo: it names no format/);
  expect(() => readText('{"format": "octavo bench 99"}')).toThrow(/its format is "octavo bench 99", expected/);
  expect(() => readReport(path.join(folder, 'absent'))).toThrow(expect.objectContaining({ code: 'ERR_FILE' }));
});

it('names where a damaged report departs from its shape', () => {
  type Loose = { [field: string]: Loose } & Loose[];
  const departures: [string, (report: Loose) => void][] = [
    ['.cases[1].contestants[0].seconds.best', ({ cases }) => void delete cases?.[1]?.contestants?.[0]?.seconds?.best],
    ['.machine', (report) => void delete report.machine],
    ['.peaks.bandwidth', ({ peaks }) => void Object.assign(peaks as object, { bandwidth: {} })],
    ['.summary', (report) => void Object.assign(report, { summary: null })],
  ];
  for (const [place, change] of departures) {
    const report = structuredClone(sampleReport);
    change(report as never);
    const message = `is damaged: ${place} is not what a report has there`;
    expect(() => readText(JSON.stringify(report))).toThrow(refusal(message));
  }
});

it('refuses every field that is missing, at whatever depth', () => {
  let refused = 0;
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      const holder = value as Record<string, unknown>;
      const kept = holder[key];
      holder[key] = Symbol.iterator.toString; // a function: JSON leaves it out
      try {
        readText(JSON.stringify(copy));
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_FILE' });
        refused += 1;
      }
      holder[key] = kept;
      visit(kept);
    }
  };
  const copy = structuredClone({ ...sampleReport, cases: sampleReport.cases.slice(1) });
  visit(copy);
  expect(refused).toBeGreaterThan(100);
});
