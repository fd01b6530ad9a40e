// How the ten digits are written: pen strokes in a box of width 1 and height 1, y downwards, several ways for each.

export type Point = readonly [x: number, y: number];

interface Stroke {
  readonly points: readonly Point[];
  readonly kind: 'lines' | 'curve' | 'loop';
}

/** The pen's way as straight pieces. */
export type Polyline = readonly Point[];

/** Straight lines from point to point. */
const lines = (...points: Point[]): Stroke => ({ points, kind: 'lines' });
/** A smooth curve through the points. */
const curve = (...points: Point[]): Stroke => ({ points, kind: 'curve' });
/** A smooth closed curve through the points. */
const loop = (...points: Point[]): Stroke => ({ points, kind: 'loop' });

// biome-ignore format: one stroke a line
const WAYS: readonly (readonly (readonly Stroke[])[])[] = [
  [ // 0: round, begun with overlap at the top, not quite closed
    [loop([0.5, 0], [0.12, 0.2], [0, 0.52], [0.14, 0.84], [0.5, 1], [0.87, 0.82], [1, 0.5], [0.86, 0.17])],
    [curve([0.7, 0.08], [0.35, 0.02], [0.05, 0.35], [0.07, 0.76], [0.42, 1], [0.82, 0.86], [1, 0.45], [0.8, 0.1], [0.5, 0], [0.28, 0.1])],
    [curve([0.55, 0.03], [0.2, 0.14], [0, 0.5], [0.15, 0.87], [0.5, 1], [0.86, 0.82], [0.98, 0.45], [0.82, 0.12], [0.66, 0.05])],
  ],
  [ // 1: a plain line, with a flag, with a flag and a foot
    [curve([0.52, 0], [0.5, 0.5], [0.48, 1])],
    [lines([0.52, 0], [0.5, 1])],
    [lines([0.26, 0.24], [0.56, 0], [0.54, 1])],
    [lines([0.24, 0.2], [0.52, 0], [0.52, 0.99]), lines([0.2, 1], [0.86, 0.99])],
  ],
  [ // 2: flat foot, looped foot, low wide bow
    [curve([0.05, 0.25], [0.2, 0.06], [0.52, 0], [0.85, 0.11], [0.92, 0.32], [0.7, 0.58], [0.35, 0.83], [0.03, 1]), lines([0.03, 1], [1, 0.97])],
    [curve([0.08, 0.22], [0.3, 0.03], [0.7, 0.02], [0.9, 0.25], [0.76, 0.55], [0.42, 0.85], [0.15, 0.99], [0.02, 0.88], [0.16, 0.78], [0.42, 0.88], [0.7, 0.99], [1, 0.9])],
    [curve([0, 0.2], [0.35, 0], [0.8, 0.06], [0.88, 0.3], [0.6, 0.62], [0.1, 0.97]), curve([0.1, 0.97], [0.4, 0.9], [0.7, 0.95], [1, 1])],
  ],
  [ // 3: two bows, flat top, a small loop in the middle
    [curve([0.08, 0.12], [0.4, 0], [0.8, 0.08], [0.86, 0.28], [0.65, 0.43], [0.36, 0.48]), curve([0.36, 0.48], [0.75, 0.53], [0.98, 0.72], [0.8, 0.93], [0.4, 1], [0.03, 0.88])],
    [lines([0.08, 0.01], [0.9, 0], [0.42, 0.4]), curve([0.42, 0.4], [0.8, 0.46], [0.98, 0.7], [0.75, 0.95], [0.35, 1], [0.02, 0.87])],
    [curve([0.1, 0.1], [0.5, 0], [0.85, 0.15], [0.7, 0.38], [0.45, 0.48], [0.34, 0.44], [0.44, 0.4], [0.76, 0.5], [0.98, 0.73], [0.7, 0.97], [0.3, 0.98], [0.03, 0.85])],
  ],
  [ // 4: open, closed, open and round
    [lines([0.2, 0], [0.05, 0.55], [0.96, 0.53]), lines([0.74, 0.06], [0.7, 1])],
    [lines([0.68, 0], [0.02, 0.65], [1, 0.63]), lines([0.68, 0], [0.66, 1])],
    [curve([0.12, 0], [0.04, 0.3], [0.14, 0.52], [0.5, 0.56], [0.86, 0.42]), lines([0.88, 0.03], [0.8, 1])],
    [lines([0.78, 1], [0.8, 0], [0.02, 0.58], [0.8, 0.6])],
  ],
  [ // 5: with corners, in one smooth stroke, with the roof drawn last
    [lines([0.9, 0], [0.18, 0.02], [0.1, 0.45]), curve([0.1, 0.45], [0.45, 0.36], [0.85, 0.48], [0.95, 0.7], [0.75, 0.95], [0.35, 1], [0.02, 0.88])],
    [curve([0.95, 0.02], [0.5, 0], [0.2, 0.1], [0.12, 0.34], [0.42, 0.44], [0.82, 0.58], [0.86, 0.82], [0.5, 1], [0.04, 0.9])],
    [curve([0.2, 0.04], [0.12, 0.42], [0.5, 0.38], [0.9, 0.55], [0.85, 0.86], [0.45, 1], [0.03, 0.9]), lines([0.22, 0.05], [1, 0])],
  ],
  [ // 6: bent, steep, wide
    [curve([0.75, 0], [0.35, 0.2], [0.08, 0.55], [0.1, 0.85], [0.45, 1], [0.85, 0.88], [0.9, 0.65], [0.6, 0.5], [0.25, 0.6], [0.1, 0.78])],
    [curve([0.42, 0], [0.15, 0.4], [0.05, 0.72], [0.3, 0.98], [0.75, 0.95], [0.9, 0.72], [0.65, 0.56], [0.3, 0.63], [0.08, 0.8])],
    [curve([0.9, 0.08], [0.6, 0], [0.2, 0.25], [0, 0.6], [0.15, 0.92], [0.5, 1], [0.85, 0.9], [0.95, 0.68], [0.7, 0.5], [0.3, 0.53], [0.05, 0.7])],
  ],
  [ // 7: plain, with a bar, with a serif, round
    [lines([0, 0.02], [0.95, 0], [0.36, 1])],
    [lines([0, 0.02], [0.95, 0], [0.36, 1]), lines([0.22, 0.5], [0.88, 0.47])],
    [lines([0.02, 0.18], [0.05, 0.01], [0.95, 0], [0.42, 1])],
    [curve([0, 0.1], [0.3, 0.02], [0.7, 0.05], [0.94, 0], [0.68, 0.35], [0.48, 0.68], [0.42, 1])],
  ],
  [ // 8: in one stroke, two circles, begun at the open top
    [loop([0.85, 0.12], [0.5, 0], [0.15, 0.12], [0.18, 0.34], [0.5, 0.5], [0.88, 0.7], [0.85, 0.92], [0.5, 1], [0.13, 0.9], [0.1, 0.7], [0.5, 0.48], [0.82, 0.32])],
    [loop([0.5, 0], [0.22, 0.1], [0.2, 0.34], [0.5, 0.46], [0.8, 0.34], [0.78, 0.1]), loop([0.5, 0.46], [0.1, 0.6], [0.1, 0.88], [0.5, 1], [0.9, 0.88], [0.9, 0.6])],
    [curve([0.9, 0.12], [0.5, 0], [0.15, 0.15], [0.3, 0.4], [0.76, 0.6], [0.9, 0.82], [0.5, 1], [0.1, 0.85], [0.25, 0.6], [0.65, 0.4], [0.86, 0.2], [0.78, 0.06])],
  ],
  [ // 9: straight tail, curled tail, slanted tail
    [loop([0.86, 0.24], [0.55, 0], [0.14, 0.1], [0.06, 0.34], [0.4, 0.5], [0.78, 0.4]), lines([0.88, 0.12], [0.82, 1])],
    [curve([0.86, 0.14], [0.45, 0], [0.08, 0.18], [0.15, 0.45], [0.55, 0.48], [0.88, 0.2]), curve([0.9, 0.08], [0.92, 0.5], [0.78, 0.85], [0.45, 1], [0.1, 0.93])],
    [curve([0.9, 0.16], [0.5, 0], [0.1, 0.15], [0.14, 0.42], [0.5, 0.47], [0.9, 0.18], [0.8, 0.55], [0.55, 1])],
  ],
];

/** Straight pieces between two points of a curve. */
const PIECES = 6;

/** Appends the Catmull-Rom curve from p1 to p2, without p1 itself. */
function appendCurve(out: Point[], [p0, p1, p2, p3]: readonly [Point, Point, Point, Point]): void {
  const at = (t: number, a: number, b: number, c: number, d: number): number =>
    0.5 * (2 * b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))));
  for (let i = 1; i <= PIECES; i++) {
    const t = i / PIECES;
    out.push([at(t, p0[0], p1[0], p2[0], p3[0]), at(t, p0[1], p1[1], p2[1], p3[1])]);
  }
}

function flatten({ points, kind }: Stroke): Polyline {
  const n = points.length;
  const last = kind === 'loop' ? n : n - 1;
  const point = (i: number): Point => points[kind === 'loop' ? (i + n) % n : Math.min(Math.max(i, 0), n - 1)] ?? [0, 0];
  const out: Point[] = [point(0)];
  for (let i = 0; i < last; i++) {
    if (kind === 'lines') out.push(point(i + 1));
    else appendCurve(out, [point(i - 1), point(i), point(i + 1), point(i + 2)]);
  }
  return out;
}

/** For each digit its ways of writing, each a list of pen strokes; computed once. */
export const DIGIT_STROKES: readonly (readonly (readonly Polyline[])[])[] = WAYS.map((ways) =>
  ways.map((strokes) => strokes.map(flatten)),
);
