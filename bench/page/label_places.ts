// Where labels of points go so that they cover neither each other nor a point.

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface LabelWish {
  /** The point. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const overlaps = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const within = (box: Box, area: Box): boolean =>
  box.x >= area.x &&
  box.y >= area.y &&
  box.x + box.width <= area.x + area.width &&
  box.y + box.height <= area.y + area.height;

/** Where a label goes. Further off, a line should lead from the point to it. */
export interface Placed extends Box {
  readonly leader: boolean;
}

/** Steps that a label may go up or down from its point when there is no room beside it. */
const STEPS = [2, 3.5, 5, 6.5];

/** Boxes to try around a point, the best first. */
function candidates({ x, y, width, height }: LabelWish, gap: number): Placed[] {
  const [right, left, middle] = [x + gap, x - gap - width, x - width / 2];
  const [level, above, below] = [y - height / 2, y - gap - height, y + gap];
  const near = [
    { x: right, y: level },
    { x: left, y: level },
    { x: middle, y: above },
    { x: middle, y: below },
    { x: right, y: below },
    { x: right, y: above },
    { x: left, y: below },
    { x: left, y: above },
  ];
  const far = STEPS.flatMap((step) => [
    { x: middle, y: y + gap + step * height },
    { x: middle, y: y - gap - (step + 1) * height },
  ]);
  return [
    ...near.map((corner) => ({ ...corner, width, height, leader: false })),
    ...far.map((corner) => ({ ...corner, width, height, leader: true })),
  ];
}

/**
 * A box for each label inside `area`, clear of `taken` and of the boxes of labels before it; undefined where none is free.
 * @param gap distance of a label from its point
 */
export function placeLabels(
  wishes: readonly LabelWish[],
  taken: readonly Box[],
  area: Box,
  gap: number,
): (Placed | undefined)[] {
  const placed: Box[] = [...taken];
  return wishes.map((wish) => {
    const free = candidates(wish, gap).find(
      (box) => within(box, area) && !placed.some((other) => overlaps(box, other)),
    );
    if (free !== undefined) placed.push(free);
    return free;
  });
}
