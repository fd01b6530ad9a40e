// A quantization as one HTML page that needs nothing else: no network, every figure in a table, charts by uPlot inside.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html, Markup, PAGE_STYLE } from '../../../page';
import { coverageOf } from '../coverage';
import { showBytes, showDecibel, showRatio } from '../figures';
import type { QuantizeReport } from '../report_types';
import { showScore, verdictOf } from '../verdict';
import { Charts } from './charts';
import { findingsSection, resultsSection, sensitivitySection } from './cost_section';
import { coverageSection, layersSection } from './layer_section';
import { PAGE_SCRIPT } from './page_script';
import { provenanceSection } from './provenance_section';
import { REPORT_STYLE } from './report_style';
import { tensorsSection } from './tensor_section';

interface KeyFigure {
  readonly value: string;
  readonly meaning: string;
}

/** What a reader should take away. */
function keyFigures(report: QuantizeReport): KeyFigure[] {
  const { source, output, speed, evaluation, outputSqnr } = report;
  const { done, layers, what } = coverageOf(report);
  const figures = [
    {
      value: `${showRatio(source.bytes / output.bytes)}×`,
      meaning: `smaller: ${showBytes(source.bytes)} to ${showBytes(output.bytes)}`,
    },
    { value: `${done} / ${layers}`, meaning: `layers with weights in ${what}` },
  ];
  if (speed !== undefined)
    figures.push({ value: `${showRatio(speed.ratio)}×`, meaning: 'the speed of the float model, measured here' });
  if (evaluation !== undefined) {
    const { kind, float, quantized } = evaluation;
    figures.push({
      value: showScore(kind, quantized.value),
      meaning: `${kind}, float ${showScore(kind, float.value)}`,
    });
  } else if (outputSqnr !== undefined)
    figures.push({ value: showDecibel(outputSqnr), meaning: 'signal to noise ratio of the output' });
  return figures;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Markup | undefined;
}

function sectionsOf(report: QuantizeReport, charts: Charts): Section[] {
  const all: Section[] = [
    { id: 'coverage', title: 'Coverage', content: coverageSection(report) },
    { id: 'results', title: 'Accuracy and speed', content: resultsSection(report) },
    { id: 'risks', title: 'Risks', content: findingsSection(report) },
    { id: 'layers', title: 'Layers', content: layersSection(report, charts) },
    { id: 'sensitivity', title: 'Sensitivity', content: sensitivitySection(report, charts) },
    { id: 'tensors', title: 'Ranges', content: tensorsSection(report, charts) },
    { id: 'provenance', title: 'Provenance', content: provenanceSection(report) },
  ];
  return all.filter(({ content }) => content !== undefined);
}

function header(report: QuantizeReport, sections: readonly Section[]): Markup {
  const { advice, line } = verdictOf(report);
  const figures = keyFigures(report).map(({ value, meaning }) => html`<div><dt>${meaning}</dt><dd>${value}</dd></div>`);
  const random = report.calibration?.random
    ? html`<p class="notice">Calibrated on random data: fit for measuring speed, not for accuracy.</p>`
    : undefined;
  return html`<header><p class="kicker">octavo quantize</p><h1>${report.source.name}</h1>
<p class="lead">${report.mode} for ${report.target}</p><p class="verdict ${advice}">${line}.</p>${random}
<nav aria-label="Sections">${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav></header>
<dl class="keys">${figures}</dl>`;
}

const uplotFile = (name: string): string => readFileSync(require.resolve(`uplot/dist/${name}`), 'utf8');
const hashOf = (script: string): string => `'sha256-${createHash('sha256').update(script).digest('base64')}'`;

/** Not by a tagged template: bundlers lower those that hold the end of a script. */
const script = (text: string, attributes = ''): Markup => new Markup(`<script${attributes}>${text}${'</'}script>`);

/** The scripts that draw the charts, and the policy that lets these run and nothing else. */
function scriptsOf(charts: Charts): { scripts: readonly Markup[]; policy: string; style: string } {
  if (charts.isEmpty) return { scripts: [], policy: "'none'", style: '' };
  const library = uplotFile('uPlot.iife.min.js');
  const scripts = [
    script(charts.toJson(), ' type="application/json" id="charts"'),
    script(library),
    script(PAGE_SCRIPT),
  ];
  return { scripts, policy: `${hashOf(library)} ${hashOf(PAGE_SCRIPT)}`, style: uplotFile('uPlot.min.css') };
}

/** The whole page. */
export function toHtml(report: QuantizeReport): string {
  const charts = new Charts();
  const sections = sectionsOf(report, charts);
  const { scripts, policy, style } = scriptsOf(charts);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src ${new Markup(policy)}">
<link rel="icon" href="data:,"><title>octavo quantize: ${report.source.name}</title>
<style>${new Markup(PAGE_STYLE + style + REPORT_STYLE)}</style></head>
<body>${header(report, sections)}<main>${sections.map(({ content }) => content)}</main>
<footer>Written by <code>octavo quantize --report</code>. Signal to noise ratios are diagnostic: they tell where error comes from, and promise no accuracy.</footer>${scripts}</body></html>
`;
  return page.text;
}
