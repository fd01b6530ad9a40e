import { describe, expect, it } from 'vitest';
import { toHtml } from '../../../lib/onnx/report';
import { sampleReport } from './sample_report';

const idsOf = (page: string): string[] => [...page.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id ?? '');

describe('toHtml', () => {
  it('has a section for all that is known, each linked once', () => {
    const page = toHtml(sampleReport);
    const ids = ['coverage', 'results', 'risks', 'layers', 'sensitivity', 'tensors', 'provenance'];
    expect(idsOf(page)).toEqual(ids);
    expect([...page.matchAll(/href="#(\w+)"/g)].map(([, id]) => id)).toEqual(ids);
  });

  it('leaves out what is not, and the library with the last chart', () => {
    const layers = sampleReport.layers.map((layer) => ({ ...layer, sqnr: null }));
    const bare = { layers, tensors: [], findings: [], sensitivity: [], changes: [], notes: [] };
    const unknown = { outputSqnr: undefined, evaluation: undefined, speed: undefined, budget: undefined };
    const page = toHtml({ ...sampleReport, ...bare, ...unknown, calibration: undefined, parity: undefined });
    expect(idsOf(page)).toEqual(['coverage', 'layers', 'provenance']);
    expect(page).not.toMatch(/<script|NaN|undefined|Infinity|\[object/);
  });

  it('loads nothing from elsewhere', () => {
    const page = toHtml(sampleReport).replace(/<script>[\s\S]*?<\/script>/g, ''); // the library has its address in a comment
    expect(page).not.toMatch(/https?:|url\(|@import|\son\w+=|NaN|undefined|Infinity|\[object/);
    expect(toHtml(sampleReport).match(/<script/g)).toHaveLength(3);
  });

  it('says why layers are left behind, by rule, and what helps', () => {
    const coverage = toHtml(sampleReport).split('<section id="coverage"')[1]?.split('</section>')[0] ?? '';
    for (const text of ['13 / 13', '0 / 1', 'alpha is not 1', 'Q019']) expect(coverage).toContain(text);
    expect(toHtml(sampleReport)).toContain('fold alpha into the weights');
  });
});
