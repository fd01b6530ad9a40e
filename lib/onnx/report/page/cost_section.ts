// What quantization costs and gains: accuracy, speed, the sensitivity of each layer, and rules that are broken.
import { html, type Markup } from '../../../page';
import { showDecibel, showRatio, showTime } from '../figures';
import type { EvaluationRow, FindingRow, QuantizeReport, ScoreRow, SensitivityRow } from '../report_types';
import { showDrop, showScore } from '../verdict';
import type { Charts } from './charts';

function scoreCell(kind: EvaluationRow['kind'], { value, low, high }: ScoreRow): Markup {
  const interval =
    low === null || high === null
      ? undefined
      : html` <small>${showScore(kind, low)} to ${showScore(kind, high)}</small>`;
  return html`<td class="number">${showScore(kind, value)}${interval}</td>`;
}

function evaluationRows({ evaluation, outputSqnr }: QuantizeReport): (Markup | undefined)[] {
  return [
    evaluation &&
      html`<tr><th scope="row">${evaluation.kind}${evaluation.float.count === null ? '' : ` of ${evaluation.float.count}`}</th>
${scoreCell(evaluation.kind, evaluation.float)}${scoreCell(evaluation.kind, evaluation.quantized)}<td class="number">${showDrop(evaluation)} lost</td></tr>`,
    outputSqnr === undefined
      ? undefined
      : html`<tr><th scope="row">output SQNR</th><td></td><td class="number">${showDecibel(outputSqnr)}</td><td></td></tr>`,
  ];
}

/** Accuracy and speed of both models; undefined where neither was measured. */
export function resultsSection(report: QuantizeReport): Markup | undefined {
  const { speed, evaluation, outputSqnr } = report;
  if (speed === undefined && evaluation === undefined && outputSqnr === undefined) return undefined;
  const times =
    speed &&
    (['best', 'median'] as const).map(
      (
        key,
      ) => html`<tr><th scope="row">${key} time</th><td class="number">${showTime(speed.float[key])}</td><td class="number">${showTime(speed.quantized[key])}</td>
<td class="number">${showRatio(speed.float[key] / speed.quantized[key])} ×</td></tr>`,
    );
  const measured =
    speed &&
    html`<p>Times of ${speed.runtime} on this machine, ${speed.threads} thread${speed.threads === 1 ? '' : 's'}, both models by turns,
inputs ${Object.entries(speed.inputs)
      .map(([name, dims]) => `${name} [${dims.join(', ')}]`)
      .join(', ')}.</p>`;
  return html`<section id="results"><h2>Accuracy and speed</h2>${measured}<div class="scroll" tabindex="0" role="region" aria-label="Accuracy and speed"><table><thead><tr><th scope="col"><span class="hidden">What</span></th><th scope="col" class="number">float</th>
<th scope="col" class="number">quantized</th><th scope="col" class="number"><span class="hidden">Change</span></th></tr></thead><tbody>${evaluationRows(report)}${times}</tbody></table></div></section>`;
}

const sensitivityRow = ({ name, opType, isolated, accumulated, excluded }: SensitivityRow): Markup =>
  html`<tr><th scope="row" class="name">${name}</th><td>${opType}</td><td class="number">${showDecibel(isolated)}</td><td class="number">${showDecibel(accumulated)}</td><td>${excluded ? 'left in float' : ''}</td></tr>`;

/** Layers by what they cost, the most sensitive first; undefined where none was measured. */
export function sensitivitySection({ sensitivity, budget }: QuantizeReport, charts: Charts): Markup | undefined {
  if (sensitivity.length === 0) return undefined;
  const chart = charts.add(
    {
      kind: 'series',
      names: sensitivity.map(({ name }) => name),
      unit: 'dB',
      series: [
        { label: 'alone', bars: true, values: sensitivity.map(({ isolated }) => isolated) },
        { label: 'accumulated', bars: false, values: sensitivity.map(({ accumulated }) => accumulated) },
      ],
    },
    'Output signal to noise ratio with each layer quantized alone, and accumulated, in dB',
  );
  const excluded = budget?.excluded ?? [];
  const list =
    excluded.length === 0
      ? undefined
      : html`<p>Left in float to hold the budget:</p><pre><code>${excluded.map((name) => `--exclude '${name}'`).join(' ')}</code></pre>`;
  return html`<section id="sensitivity"><h2>Sensitivity</h2><p>Signal to noise ratio of the model's output with one layer quantized alone, and with all layers up to it.
Low means sensitive.</p>${chart}${list}<details><summary>All ${sensitivity.length} layers</summary><div class="scroll" tabindex="0" role="region" aria-label="Sensitivity"><table><thead><tr><th scope="col">Layer</th><th scope="col">operator</th>
<th scope="col" class="number">alone</th><th scope="col" class="number">accumulated</th><th scope="col"><span class="hidden">Left out</span></th></tr></thead><tbody>${sensitivity.map(sensitivityRow)}</tbody></table></div></details></section>`;
}

const SEVERITIES = { E: 'refused', W: 'slow', I: 'quality' } as const;

const findingRow = ({ rule, severity, node, tensor, message, remedy }: FindingRow): Markup =>
  html`<tr><td><code>${rule}</code></td><td>${SEVERITIES[severity]}</td><th scope="row" class="name">${node ?? tensor ?? 'model'}</th><td>${message}${remedy === null ? undefined : html`<div class="remedy">${remedy}</div>`}</td></tr>`;

/** Rules of the target that the model breaks: saturation, bias, ranges; undefined where there are none. */
export function findingsSection({ findings }: QuantizeReport): Markup | undefined {
  if (findings.length === 0) return undefined;
  return html`<section id="risks"><h2>Risks</h2><div class="scroll" tabindex="0" role="region" aria-label="Risks"><table><thead><tr><th scope="col">Rule</th><th scope="col">kind</th><th scope="col">Where</th><th scope="col">what</th></tr></thead>
<tbody>${findings.map(findingRow)}</tbody></table></div></section>`;
}
