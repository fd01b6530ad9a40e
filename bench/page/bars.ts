// Bars inside the cells of tables: the table says the figure, the bar shows it.
import { at, html, type Markup } from '../../lib/page';

const clamp = (share: number): number => Math.max(0, Math.min(1, share));
const percent = (share: number): string => `${at(100 * clamp(share))}%`;

export interface Bar {
  /** From 0 to 1 of the bar's width. */
  readonly from?: number;
  readonly to: number;
  /** 'octavo', 'peer', 'slower' or 'muted'. */
  readonly look: string;
}

/** One bar on its track, with lines at places from 0 to 1. */
export function drawBar({ from = 0, to, look }: Bar, marks: readonly { place: number; look: string }[] = []): Markup {
  const [left, right] = [clamp(Math.min(from, to)), clamp(Math.max(from, to))];
  return html`<svg class="bar" width="100%" height="18" aria-hidden="true"><rect class="track" y="3" width="100%" height="12" rx="2"/><rect class="${look}" x="${percent(left)}" y="3" width="${percent(right - left)}" height="12" rx="2"/>${marks.map(
    ({ place, look: markLook }) =>
      html`<line class="${markLook}" x1="${percent(place)}" x2="${percent(place)}" y1="0" y2="18"/>`,
  )}</svg>`;
}

/** A span with points on it, for what varies: from the first to the last, a dot at the first, a line at those between. */
export function drawSpan(places: readonly [number, ...number[]], look: string): Markup {
  const last = places.at(-1) ?? places[0];
  return html`<svg class="bar" width="100%" height="18" aria-hidden="true"><rect class="track" y="8" width="100%" height="2"/><rect class="${look} faint" x="${percent(places[0])}" y="6" width="${percent(last - places[0])}" height="6" rx="3"/>${places
    .slice(1)
    .map(
      (place) => html`<line class="${look}" x1="${percent(place)}" x2="${percent(place)}" y1="4" y2="14"/>`,
    )}<circle class="${look}" cx="${percent(places[0])}" cy="9" r="4.5"/></svg>`;
}
