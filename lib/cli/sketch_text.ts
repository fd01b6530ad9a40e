// Sketches for a terminal: statistics, a histogram, and what each method makes of them.
import { formatCount } from '../../bench/figures';
import { formatReal } from './format_real';
import type { MethodChoice, SketchView } from './sketch_view';
import { drawHistogram, type HistogramLook, type Mark } from './terminal_histogram';
import { formatTable, type TableFit } from './text_table';
import { wrapText } from './wrap_text';

/** Channels that are listed one by one. */
const LISTED = 8;

/** "min to max" of one number by channel, or the one number. */
export function spread(choice: MethodChoice, part: 'min' | 'max' | 'scale' | 'zeroPoint'): string {
  const values = choice.channels.map((channel) => channel[part]);
  const [least, most] = [
    values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
  return least === most ? formatReal(least) : `${formatReal(least)}..${formatReal(most)}`;
}

export const formatDecibel = (sqnr: number | null): string => (sqnr === null ? 'exact' : sqnr.toFixed(2));
export const formatPercent = (part: number): string => `${formatReal(100 * part)} %`;

/** Letters for the marks under the histogram, in the order of the methods. */
const letterOf = (index: number): string => 'abcdefghij'[index] ?? '*';

function methodTable({ methods }: SketchView, fit: TableFit): string {
  const rows = methods.map((choice, i) => [
    `${letterOf(i)} ${choice.best ? '*' : ' '} ${choice.method}`,
    spread(choice, 'min'),
    spread(choice, 'max'),
    spread(choice, 'scale'),
    spread(choice, 'zeroPoint'),
    formatDecibel(choice.sqnr),
    formatPercent(choice.clippingRate),
  ]);
  return formatTable(['    method', 'min', 'max', 'scale', 'zero point', 'SQNR dB', 'clipped'], rows, fit);
}

export function factsOf(view: SketchView): string {
  const { count, nanCount, infinityCount, min, max, mean, deviation, channels, bins, axis } = view;
  const bad = nanCount + infinityCount === 0 ? '' : `, of them ${nanCount} NaN and ${infinityCount} infinite, left out`;
  const split = axis === null ? '' : `, ${formatCount(channels, 'channel')} along axis ${axis}`;
  const range = min === null ? 'no finite values' : `from ${formatReal(min)} to ${formatReal(max)}`;
  const moments = mean === null ? '' : `, mean ${formatReal(mean)}, deviation ${formatReal(deviation)}`;
  return `${formatCount(count, 'value')}${bad}, ${range}${moments}${split}, ${bins} bins`;
}

/** Thresholds of the methods; those of channels would be too many. */
function marksOf({ methods, channels }: SketchView): Mark[] {
  if (channels !== 1) return [];
  return methods.flatMap(({ channels: [choice] }, i) =>
    choice === undefined ? [] : [choice.min, choice.max].map((value) => ({ value, letter: letterOf(i) })),
  );
}

/** The part of the histogram that holds the data and 0; undefined where there is nothing to draw. */
export function shownPart({ histogram, min, max }: SketchView) {
  const { counts, limit } = histogram;
  if (limit === null || min === null || max === null) return undefined;
  return { counts, limit, from: Math.min(min, 0), to: Math.max(max, 0) };
}

/** The channels that quantize worst by the best method. */
function channelTable({ methods, channels }: SketchView): string {
  const best = methods.find((choice) => choice.best);
  if (channels < 2 || best === undefined) return '';
  const worst = best.channels
    .map((choice, channel) => ({ ...choice, channel }))
    .sort((a, b) => (a.sqnr ?? Number.POSITIVE_INFINITY) - (b.sqnr ?? Number.POSITIVE_INFINITY))
    .slice(0, LISTED);
  const rows = worst.map(({ channel, min, max, scale, sqnr }) => [
    `${channel}`,
    formatReal(min),
    formatReal(max),
    formatReal(scale),
    formatDecibel(sqnr),
  ]);
  const title = channels > LISTED ? `worst ${LISTED} of ${channels} channels` : 'channel';
  return `\n${formatTable([`${title}, ${best.method}`, 'min', 'max', 'scale', 'SQNR dB'], rows)}`;
}

/** One tensor in full. */
export function formatView(view: SketchView, look: HistogramLook): string {
  const { width } = look;
  const part = shownPart(view);
  const drawn = part === undefined ? [] : ['', ...drawHistogram(part, marksOf(view), look)];
  const table = methodTable(view, { width, optional: view.channels > 1 ? [3, 4] : [4] });
  return [view.name, wrapText(factsOf(view), width, ''), ...drawn, '', table].join('\n') + channelTable(view);
}

/** One line for each tensor, the worst first. */
export function formatOverview(views: readonly SketchView[], width: number): string {
  const bestOf = ({ methods }: SketchView) => methods.find(({ best }) => best);
  const order = (view: SketchView): number => bestOf(view)?.sqnr ?? Number.POSITIVE_INFINITY;
  const rows = views
    .toSorted((a, b) => order(a) - order(b))
    .map((view) => {
      const best = bestOf(view);
      const bad = view.nanCount + view.infinityCount;
      return [
        view.name,
        `${view.count}`,
        `${bad}`,
        formatReal(view.min),
        formatReal(view.max),
        best?.method ?? '-',
        best === undefined ? '-' : formatDecibel(best.sqnr),
      ];
    });
  const header = ['tensor', 'values', 'NaN, Inf', 'min', 'max', 'best method', 'SQNR dB'];
  return formatTable(header, rows, { width, optional: [1, 2] });
}
