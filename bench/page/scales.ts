// From values to places on a chart.

export interface Scale {
  /** The place of a value. */
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A logarithmic scale from `values.from` to `values.to`, both above 0; a tick for each decade between. */
export function logScale(values: Range, places: Range): Scale {
  const [first, last] = [Math.log10(values.from), Math.log10(values.to)];
  const decades: number[] = [];
  for (let power = Math.ceil(first - 1e-9); power <= last + 1e-9; power++) decades.push(10 ** power);
  return {
    place: (value) => places.from + ((Math.log10(value) - first) / (last - first)) * (places.to - places.from),
    ticks: decades,
  };
}

/** The decades that hold all of `values`, which are above 0. */
export function decadesAround(values: readonly number[]): Range {
  return {
    from: 10 ** Math.floor(Math.log10(Math.min(...values)) + 1e-9),
    to: 10 ** Math.ceil(Math.log10(Math.max(...values)) - 1e-9),
  };
}

const ROUND_STEPS = [1, 2, 5, 10];

/** A linear scale from 0 to at least `most`, with three to six ticks at round numbers. */
export function linearScale(most: number, places: Range): Scale {
  const power = 10 ** Math.floor(Math.log10(most / 4));
  const step = power * (ROUND_STEPS.find((round) => most / 4 <= round * power * 1.001) ?? 10);
  const count = Math.ceil(most / step - 1e-9);
  return {
    place: (value) => places.from + (value / (count * step)) * (places.to - places.from),
    ticks: Array.from({ length: count + 1 }, (_, i) => i * step),
  };
}
