// Where the model comes from: files and their hashes, options, data, versions.
import { html, type Markup } from '../../../page';
import { showBytes } from '../figures';
import type { FileRow, QuantizeReport } from '../report_types';

type Fact = readonly [string, string];

const list = (facts: readonly Fact[]): Markup =>
  html`<dl>${facts.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;

const fileFacts = (title: string, { name, bytes, sha256, opset }: FileRow & { readonly opset: number }): Fact[] => [
  [title, `${name}, ${showBytes(bytes)}, opset ${opset}`],
  ['SHA-256', sha256],
];

function dataFacts({ calibration, parity, prediction }: QuantizeReport): Fact[] {
  const facts: Fact[] = [];
  if (calibration !== undefined) {
    const note = calibration.random ? ' (random: not fit for accuracy)' : '';
    facts.push([
      'Calibration',
      `${calibration.samples === 0 ? '' : `${calibration.samples} samples of `}${calibration.source}${note}`,
    ]);
    facts.push(['Sketches', calibration.digest]);
  }
  if (prediction !== undefined)
    facts.push(['Prediction', `${prediction.right} of ${prediction.nodes} nodes as in onnxruntime's optimized graph`]);
  if (parity !== undefined)
    facts.push([
      'Parity',
      `${parity.tensors} tensors of onnxruntime at most ${parity.steps} step${parity.steps === 1 ? '' : 's'} from the reference evaluation`,
    ]);
  return facts;
}

export function provenanceSection(report: QuantizeReport): Markup {
  const { source, output, recipe, environment, changes, notes } = report;
  const options = Object.entries(recipe).map(
    ([key, value]): Fact => [key, typeof value === 'string' ? value : JSON.stringify(value)],
  );
  const lines = (title: string, texts: readonly string[]): Markup | undefined =>
    texts.length === 0 ? undefined : html`<h3>${title}</h3><ul>${texts.map((text) => html`<li>${text}</li>`)}</ul>`;
  return html`<section id="provenance"><h2>Provenance</h2><div class="halves"><div>${list([...fileFacts('Float model', source), ...fileFacts('Quantized', output), ...dataFacts(report)])}
${lines('Preparation', changes)}${lines('Not done', notes)}</div><div>${list([...Object.entries(environment), ...options])}</div></div></section>`;
}
