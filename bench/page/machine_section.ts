// What was measured on, and what the machine can do at most.

import { html, type Markup } from '../../lib/page';
import { cpuFacts } from '../cpu_findings';
import { formatBytes, formatCount, formatDigits, formatRate } from '../figures';
import type { BenchReport } from '../report_types';

function factsOf({ machine, cpuStates, settings, peers }: BenchReport): (readonly [string, string])[] {
  const { caches, affinity, cpuQuota } = machine;
  const own = affinity === null ? '' : `, this process on ${affinity}`;
  const quota = cpuQuota === null ? '' : `, at most ${cpuQuota} at a time`;
  return [
    ['CPU', `${machine.cpu}${machine.cpuModel === null ? '' : `, ${machine.cpuModel}`}`],
    ...(machine.board === null ? [] : [['Board', machine.board] as const]),
    ['Machine', machine.virtual === null ? 'not known' : machine.virtual ? 'virtual' : 'physical'],
    ['CPUs', `${machine.usableCpus} of ${machine.cpus} usable${own}${quota}`],
    ['Kernel set', `${machine.isa}, of ${machine.availableIsas.join(', ')}`],
    ['Threads', formatCount(settings.threads, 'thread')],
    ['Caches', caches.map(({ level, bytes }) => `L${level} ${formatBytes(bytes)}`).join(', ') || 'not known'],
    ['Memory', `${formatBytes(machine.memoryBytes)}, huge pages: ${machine.hugePages ?? 'not known'}`],
    ['Clock governor', machine.governor ?? 'not known'],
    ...cpuFacts(cpuStates),
    ['System', `${machine.platform}, ${machine.kernel}, Node ${machine.node}`],
    ['octavo', machine.octavo],
    ['Peer', peers.onnxruntime],
    ['Run', `${machine.date.slice(0, 16).replace('T', ' ')} UTC, load ${machine.load.toFixed(2)} before it`],
  ];
}

function limitsTable({ peaks }: BenchReport): Markup {
  const rows = peaks.bandwidth.map(
    ({
      level,
      bytes,
      read,
      copy,
    }) => html`<tr><th scope="row">${level} <small>${formatBytes(bytes)}</small></th><td class="number">${formatRate(read.best, 'B/s')}</td>
<td class="number">${formatRate(copy.best, 'B/s')}</td><td class="number">${formatDigits(peaks.int8.best / read.best)}</td></tr>`,
  );
  return html`<table><thead><tr><th scope="col">One thread</th><th scope="col" class="number">reads</th><th scope="col" class="number">copies</th><th scope="col" class="number">ridge, operations a byte</th></tr></thead><tbody>${rows}
<tr><th scope="row">int8 instructions</th><td class="number" colspan="2">${formatRate(peaks.int8.best, 'OPS')}</td><td></td></tr>
<tr><th scope="row">float32 instructions</th><td class="number" colspan="2">${formatRate(peaks.float32.best, 'FLOPS')}</td><td></td></tr></tbody></table>`;
}

export function machineSection(report: BenchReport): Markup {
  const facts = factsOf(report).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`);
  return html`<section id="machine"><h2>The machine</h2><div class="halves"><dl>${facts}</dl><div>${limitsTable(report)}</div></div></section>`;
}
