// A run as one HTML page that needs nothing else: no script, no network, figures in tables beside every chart.

import { html, Markup, PAGE_STYLE } from '../../lib/page';
import type { Comparison } from '../compare';
import { cpuWarnings } from '../cpu_findings';
import { formatCount, formatDigits } from '../figures';
import type { BenchReport } from '../report_types';
import { changeSection } from './change_section';
import { figuresSection } from './figures_section';
import { formsSection } from './forms_section';
import { latencySection } from './latency_section';
import { limitSection } from './limit_section';
import { machineSection } from './machine_section';
import { peerSection } from './peer_section';
import { belowChart, drawRoofline } from './roofline_chart';
import { scalingSection } from './scaling_section';
import { showPercent, showRatio, showSizes, showTime } from './wording';

interface KeyFigure {
  readonly value: string;
  readonly meaning: string;
}

/** What a reader should take away, as far as it was measured. */
function keyFigures({ cases, summary, latency, peers }: BenchReport): KeyFigure[] {
  const figures: KeyFigure[] = [];
  const rates = cases.flatMap(({ family, name, contestants: [octavo] }) =>
    family === 'gemm int8' && octavo?.rate && octavo.ofBound
      ? [{ name, rate: octavo.rate.best, share: octavo.ofBound.best }]
      : [],
  );
  const fastest = rates.sort((a, b) => b.rate - a.rate)[0];
  if (fastest !== undefined)
    figures.push({
      value: `${formatDigits(fastest.rate / 1e9)} GOPS`,
      meaning: `${showSizes(fastest.name)}, ${showPercent(fastest.share)} of its limit`,
    });
  const mean = summary.ratios.find(({ family, contestant }) => family === 'gemm int8' && contestant === 'onnxruntime');
  if (mean !== undefined)
    figures.push({
      value: showRatio(mean.geometricMean),
      meaning: `as fast as ${peers.onnxruntime}, u8 × s8, geometric mean of ${formatCount(mean.count, 'product')}`,
    });
  const layer = summary.ratios.find(({ contestant }) => contestant === 'octavo float32');
  if (layer !== undefined)
    figures.push({
      value: showRatio(layer.geometricMean),
      meaning: 'as fast as the float32 layer, dynamic int8, geometric mean',
    });
  const load = latency[0]?.points.filter(({ contestant }) => contestant === 'octavo').at(-1);
  if (load !== undefined)
    figures.push({
      value: showTime(load.latency.p99),
      meaning: `99th percentile of a call with ${load.inFlight} in flight`,
    });
  return figures;
}

function header(report: BenchReport, sections: readonly Section[]): Markup {
  const { machine, settings } = report;
  const busy = machine.load > settings.threads / 2;
  const notices = [
    settings.quick ? 'A quick run: figures to look at, not to quote.' : '',
    busy ? 'The machine was busy with other work when the run began.' : '',
    ...cpuWarnings(report.cpuStates).map((warning) => `Not this machine's best: ${warning}.`),
  ].filter((text) => text !== '');
  const figures = keyFigures(report).map(({ value, meaning }) => html`<div><dt>${meaning}</dt><dd>${value}</dd></div>`);
  return html`<header><p class="kicker">octavo bench</p><h1>${machine.cpu}</h1>
<p class="lead">${machine.isa} kernels, ${formatCount(settings.threads, 'thread')}, octavo ${machine.octavo}, ${machine.date.slice(0, 10)}</p>
${notices.map((text) => html`<p class="notice">${text}</p>`)}
<nav aria-label="Sections">${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav></header>
${figures.length > 0 ? html`<dl class="keys">${figures}</dl>` : undefined}`;
}

function rooflineSection(report: BenchReport): Markup | undefined {
  const wide = drawRoofline(report, { width: 960, height: 520 });
  if (wide === undefined) return undefined;
  const swatch = (shape: Markup): Markup => html`<svg width="14" height="14" aria-hidden="true">${shape}</svg>`;
  return html`<section id="roofline"><h2>The roofline</h2>
<p>A product can be no faster than the instructions (the flat roof) and no faster than its bytes arrive (the slopes, one for
reading from each level). Further right, more is computed with each byte. ${belowChart(report)}</p>
<div class="legend"><span>${swatch(html`<circle class="octavo" cx="7" cy="7" r="5"/>`)}octavo</span>
<span>${swatch(html`<path class="cold" d="M7 1l6 6l-6 6l-6 -6z"/>`)}octavo, cold weights</span>
<span>${swatch(html`<circle class="peer" cx="7" cy="7" r="4.5"/>`)}onnxruntime-node</span></div>
<figure><div class="for-wide">${wide}</div><div class="for-narrow">${drawRoofline(report, { width: 328, height: 380 })}</div></figure></section>`;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Markup | undefined;
}

function sectionsOf(report: BenchReport, comparison: Comparison | undefined): Section[] {
  const all: Section[] = [
    { id: 'changes', title: 'Changes', content: comparison && changeSection(comparison) },
    { id: 'roofline', title: 'Roofline', content: rooflineSection(report) },
    { id: 'limits', title: 'Limits', content: limitSection(report) },
    { id: 'peers', title: 'Peers', content: peerSection(report) },
    { id: 'forms', title: 'Forms', content: formsSection(report) },
    { id: 'threads', title: 'Threads', content: scalingSection(report) },
    { id: 'latency', title: 'Load', content: latencySection(report) },
    { id: 'machine', title: 'Machine', content: machineSection(report) },
    { id: 'figures', title: 'All figures', content: figuresSection(report) },
  ];
  return all.filter(({ content }) => content !== undefined);
}

/** The whole page. */
export function renderPage(report: BenchReport, comparison?: Comparison): string {
  const sections = sectionsOf(report, comparison);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,"><title>octavo bench: ${report.machine.cpu}, ${report.machine.isa}</title>
<style>${new Markup(PAGE_STYLE)}</style></head>
<body>${header(report, sections)}<main>${sections.map(({ content }) => content)}</main>
<footer>Written by <code>octavo bench --html</code>. Best times of many rounds; every result was checked before it was timed.</footer></body></html>
`;
  return page.text;
}
