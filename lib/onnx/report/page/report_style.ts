// What the report's page adds to the style of all pages.

export const REPORT_STYLE = `
.verdict { font-size: 1.15rem; color: var(--ink); max-width: none; border-left: 4px solid var(--cold); padding-left: 0.9rem; font-weight: 600; }
.verdict.keep-float { border-color: var(--peer); }
.verdict.missed { border-color: var(--slower); color: var(--slower); }
h3 { font-size: 1rem; margin: 1.6rem 0 0.3rem; }
ul { margin: 0; padding-left: 1.2rem; font-size: 0.92rem; }
pre { overflow-x: auto; padding: 0.7rem 0.9rem; background: var(--track); }
.name { overflow-wrap: anywhere; white-space: normal; min-width: 8rem; }
.remedy { color: var(--muted); }
.share { width: 22%; min-width: 4rem; }
.track { display: block; height: 0.7rem; border-radius: 3px; background: var(--track); overflow: hidden; }
.track span { display: block; height: 100%; background: var(--octavo); }
.tall { max-height: 28rem; overflow-y: auto; }
.plot { min-height: 280px; margin: 0.4rem 0 1.2rem; }
.uplot, .u-wrap { max-width: 100%; }
.u-legend { font-size: 0.85rem; text-align: left; color: var(--ink); }
.u-legend th { padding-right: 0.2rem; }
.u-legend tr > * { border: 0 !important; }
.u-select { background: color-mix(in srgb, var(--octavo) 20%, transparent); }
.u-cursor-x, .u-cursor-y { border-color: var(--roof) !important; }
`;
