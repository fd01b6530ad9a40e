// The charts of the page as data: the page's script draws them with uPlot.
import { html, type Markup } from '../../../page';
import { showReal } from '../figures';

/** Columns of a histogram, by the logarithm of their counts, with lines at the ends of the quantized range. */
export interface HistogramChart {
  readonly kind: 'histogram';
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
  readonly thresholds: readonly number[];
}

/** Values over names in order: bars, or lines with points. null leaves a gap. */
export interface SeriesChart {
  readonly kind: 'series';
  readonly names: readonly string[];
  readonly unit: string;
  readonly series: readonly {
    readonly label: string;
    readonly bars: boolean;
    readonly values: readonly (number | null)[];
  }[];
}

/** Collects charts while a page is written. */
export class Charts {
  readonly #charts: (HistogramChart | SeriesChart)[] = [];

  /** The place of a chart, which says in words what it shows. */
  add(chart: HistogramChart | SeriesChart, label: string): Markup {
    this.#charts.push(chart);
    return html`<figure class="plot" data-chart="${this.#charts.length - 1}" role="img" aria-label="${label}"></figure>`;
  }

  get isEmpty(): boolean {
    return this.#charts.length === 0;
  }

  /** JSON that can stand in a script element: no "<" ends it early. */
  toJson(): string {
    return JSON.stringify(this.#charts).replaceAll('<', '\\u003c');
  }
}

/** "Histogram of conv1 from -3 to 4; quantized from -2.5 to 2.5". */
export function histogramLabel(name: string, { from, to, thresholds: [low, high] }: HistogramChart): string {
  const range = low === undefined || high === undefined ? '' : `; quantized from ${showReal(low)} to ${showReal(high)}`;
  return `Histogram of ${name} from ${showReal(from)} to ${showReal(to)}${range}`;
}
