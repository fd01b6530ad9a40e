import { describe, expect, it } from 'vitest';
import { renderPage } from '../../../bench/page/render_page';
import { summarizeCases } from '../../../bench/summary';
import { sampleReport } from '../sample_report';

const idsOf = (page: string): string[] => [...page.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id ?? '');

describe('renderPage', () => {
  it('has a section for all that was measured, each linked once', () => {
    const page = renderPage(sampleReport);
    const ids = ['roofline', 'limits', 'peers', 'forms', 'threads', 'latency', 'machine', 'figures'];
    expect(idsOf(page)).toEqual(ids);
    expect([...page.matchAll(/href="#(\w+)"/g)].map(([, id]) => id)).toEqual(ids);
  });

  it('leaves out what was not measured', () => {
    const bare = { ...sampleReport, cases: [], scaling: [], latency: [], summary: summarizeCases([]) };
    const page = renderPage(bare);
    expect(idsOf(page)).toEqual(['machine']);
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('needs nothing from elsewhere, and runs nothing', () => {
    const page = renderPage(sampleReport);
    expect(page).not.toMatch(/<script|https?:|url\(|@import|\son\w+=/);
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('shows the ratio to a peer of the same types', () => {
    const peers = renderPage(sampleReport).split('<section id="peers"')[1]?.split('</section>')[0] ?? '';
    expect(peers).toContain('gemm int8, onnxruntime</th>');
    expect(peers).toContain('2.00×');
    expect(peers).toContain('gemm int8, onnxruntime s8xs8</th>');
  });
});
