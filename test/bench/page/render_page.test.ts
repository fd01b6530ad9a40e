import { describe, expect, it } from 'vitest';
import { renderPage } from '../../../bench/page/render_page';
import { summarizeCases } from '../../../bench/summary';
import { sampleReport, timed } from '../sample_report';

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

  it('tells what other forms of a product and of a layer cost', () => {
    const [one] = sampleReport.cases.slice(1);
    if (one === undefined) throw new Error('no case');
    const layer = {
      ...one,
      family: 'linear epilogue',
      contestants: [timed('octavo', 0.002, 'int8'), timed('octavo gelu', 0.0023, 'int8')],
    };
    const page = renderPage({ ...sampleReport, cases: [...sampleReport.cases, layer] });
    const forms = page.split('<section id="forms"')[1]?.split('</section>')[0] ?? '';
    for (const text of ['>s8 × s8<', '>cold<', '+50.0 %', '>gelu<', '+15.0 %']) expect(forms).toContain(text);
  });

  it('says what a board is, and warns of what held it back', () => {
    const before = {
      governor: 'powersave',
      driver: 'cpufreq-dt',
      hertz: 0.6e9,
      mostHertz: 1.8e9,
      celsius: 48,
      throttled: 0,
    };
    const cpuStates = { before, after: { ...before, throttled: 0x10000 } };
    const board = '<Board> & Co.';
    const page = renderPage({ ...sampleReport, machine: { ...sampleReport.machine, board }, cpuStates });
    expect(page).toContain('<dt>Board</dt><dd>&lt;Board&gt; &amp; Co.</dd>');
    expect(page).toContain('<dt>Temperature</dt><dd>48 °C</dd>');
    expect(page.match(/<p class="notice">Not this machine/g)).toHaveLength(2);
    expect(renderPage(sampleReport)).not.toMatch(/<dt>(Board|Clock|Temperature|Throttling)<|Not this machine/);
  });

  it('shows the ratio to a peer of the same types', () => {
    const peers = renderPage(sampleReport).split('<section id="peers"')[1]?.split('</section>')[0] ?? '';
    expect(peers).toContain('gemm int8, onnxruntime</th>');
    expect(peers).toContain('2.00×');
    expect(peers).toContain('gemm int8, onnxruntime s8xs8</th>');
  });
});
