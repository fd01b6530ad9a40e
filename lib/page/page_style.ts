// The page's looks: one style sheet for light and dark, wide and narrow, screen and print.

export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --ink: #1d1e22; --muted: #62656d; --rule: #e3e3de; --track: #ecece7;
  --octavo: #2f5bd0; --peer: #b9560b; --cold: #0b7a86; --slower: #b3261e; --roof: #8b8e96;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161b; --ink: #e9e9e6; --muted: #a2a5ad; --rule: #2b2e36; --track: #262a32;
    --octavo: #84a7ff; --peer: #f0a45d; --cold: #57c7d4; --slower: #ff8a80; --roof: #777b86;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 66rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
}
h1, h2 { line-height: 1.15; letter-spacing: -0.015em; margin: 0; text-wrap: balance; }
h1 { overflow-wrap: anywhere; font-size: clamp(1.9rem, 5vw, 2.9rem); font-weight: 700; }
h2 { font-size: 1.4rem; font-weight: 650; }
p { max-width: 44rem; margin: 0.6rem 0 1.1rem; color: var(--muted); }
small { color: var(--muted); font-size: 0.86em; font-weight: 400; }
code { font-family: ui-monospace, "Cascadia Mono", "Liberation Mono", monospace; font-size: 0.92em; }
a { color: var(--octavo); text-underline-offset: 0.2em; }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--octavo); outline-offset: 3px; }
header { border-bottom: 2px solid var(--ink); padding-bottom: 1.3rem; }
.kicker { margin: 0 0 0.5rem; font-weight: 600; color: var(--octavo); }
.lead { margin: 0.6rem 0 0; }
nav { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; margin-top: 1rem; font-size: 0.92rem; }
.notice { border-left: 3px solid var(--peer); padding-left: 0.8rem; color: var(--ink); }
.keys { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1.4rem 2rem; margin: 1.8rem 0 0; padding: 0; }
.keys div { border-top: 1px solid var(--rule); padding-top: 0.7rem; }
.keys dt { color: var(--muted); font-size: 0.9rem; line-height: 1.35; }
.keys dd { margin: 0 0 0.25rem; font-size: 2rem; font-weight: 650; line-height: 1.15; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.keys div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
section { margin-top: 3.4rem; }
figure { margin: 0.4rem 0 1rem; }
figure svg { display: block; max-width: 100%; height: auto; }
.for-narrow { display: none; }
svg text { font-size: 12px; fill: var(--muted); font-family: inherit; font-variant-numeric: tabular-nums; }
svg .axis { fill: var(--ink); font-weight: 600; }
svg .point-name, svg .roof-name { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
svg .point-name { font-size: 11.5px; fill: var(--ink); }
svg .leader { stroke: var(--roof); stroke-width: 1; }
svg .roof-name { font-weight: 600; fill: var(--ink); }
svg .grid { stroke: var(--rule); }
svg .roof { stroke: var(--roof); stroke-width: 1.75; fill: none; stroke-linecap: round; }
svg .ideal { stroke: var(--roof); stroke-dasharray: 5 5; fill: none; }
svg .octavo-line { stroke: var(--octavo); stroke-width: 2.25; fill: none; stroke-linejoin: round; }
svg .octavo { fill: var(--octavo); stroke: var(--octavo); }
svg circle.octavo { stroke: var(--paper); stroke-width: 1.5; }
svg .cold { fill: var(--cold); stroke: var(--paper); stroke-width: 1; }
svg circle.peer { fill: var(--paper); stroke: var(--peer); stroke-width: 2; }
svg rect.peer { fill: var(--peer); }
svg line.peer { stroke: var(--peer); stroke-width: 3; }
svg line.octavo { stroke-width: 2; }
svg rect.octavo, svg rect.peer, svg rect.slower { stroke: none; }
svg .slower { fill: var(--slower); }
svg .faint { opacity: 0.35; }
svg .track { fill: var(--track); }
svg .origin { stroke: var(--ink); stroke-width: 1.5; }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.4rem; margin: 0.2rem 0 0.6rem; font-size: 0.92rem; color: var(--ink); }
.legend span { display: inline-flex; align-items: center; gap: 0.45rem; white-space: nowrap; }
.key::before { content: ""; width: 0.8rem; height: 0.6rem; border-radius: 2px; background: var(--octavo); }
.line-key::before { width: 3px; height: 1rem; background: var(--peer); border-radius: 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.28rem 0.9rem 0.28rem 0; vertical-align: middle; font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
thead .number { white-space: normal; }
thead th { color: var(--muted); font-size: 0.85rem; border-bottom: 1px solid var(--rule); vertical-align: bottom; }
tbody tr + tr > * { border-top: 1px solid color-mix(in srgb, var(--rule) 60%, transparent); }
tbody th { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.strong { font-weight: 650; }
.bars .chart { width: 38%; min-width: 5rem; }
.bars.loads .chart { width: 17%; }
.bar { display: block; overflow: visible; }
tr.family > * { font-weight: 650; padding-top: 1.3rem; white-space: normal; border: 0 !important; }
.scroll { overflow-x: auto; position: relative; } /* what is hidden inside must not widen the page */
.slower-text { color: var(--slower); font-weight: 650; }
.faster-text { color: var(--cold); font-weight: 650; }
.halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.5rem 3rem; margin-top: 1rem; align-items: start; }
dl { margin: 0; }
.halves figure { margin: 0; }
.halves dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.35rem 1.2rem; font-size: 0.92rem; }
.halves dt { color: var(--muted); }
.halves dd { margin: 0; overflow-wrap: anywhere; }
details { border-top: 1px solid var(--rule); }
details:last-of-type { border-bottom: 1px solid var(--rule); }
summary { padding: 0.7rem 0; cursor: pointer; font-weight: 600; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
footer { margin-top: 3.5rem; border-top: 1px solid var(--rule); padding-top: 1rem; color: var(--muted); font-size: 0.9rem; }
@media (max-width: 46rem) {
  .wide, .for-wide { display: none; }
  .for-narrow { display: block; }
  section { margin-top: 2.6rem; }
  .keys { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem 1.2rem; }
  .keys dd { font-size: 1.55rem; }
  th, td { padding-right: 0.6rem; }
  tbody th { white-space: normal; }
  .bars .chart { width: 30%; min-width: 3.5rem; }
}
@media print {
  body { padding: 0; max-width: none; font-size: 10pt; }
  section { break-inside: avoid-page; }
  nav { display: none; }
}
`;
