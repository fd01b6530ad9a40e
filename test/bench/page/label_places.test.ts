import { expect, it } from 'vitest';
import { type Box, placeLabels } from '../../../bench/page/label_places';

const area = { x: 0, y: 0, width: 200, height: 100 };
const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

it('puts a label to the right of its point, and elsewhere when that is taken or outside', () => {
  const wish = { x: 100, y: 50, width: 40, height: 10 };
  expect(placeLabels([wish], [], area, 5)).toEqual([{ x: 105, y: 45, width: 40, height: 10, leader: false }]);
  expect(placeLabels([wish], [{ x: 120, y: 40, width: 5, height: 20 }], area, 5)[0]).toMatchObject({ x: 55 });
  expect(placeLabels([{ ...wish, x: 190 }], [], area, 5)[0]).toMatchObject({ x: 145 });
});

it('covers nothing, inside the area, and gives up where nothing is free', () => {
  const wishes = Array.from({ length: 30 }, (_, i) => ({
    x: 60 + (i % 6) * 15,
    y: 20 + Math.floor(i / 6) * 12,
    width: 30,
    height: 10,
  }));
  const points = wishes.map(({ x, y }) => ({ x: x - 2, y: y - 2, width: 4, height: 4 }));
  const labels = placeLabels(wishes, points, area, 4);
  const placed = labels.filter((box) => box !== undefined);
  expect(placed.length).toBeGreaterThan(5);
  expect(placed.length).toBeLessThan(30);
  for (const [i, box] of placed.entries()) {
    expect(points.some((point) => overlap(box, point))).toBe(false);
    expect(placed.some((other, j) => j !== i && overlap(box, other))).toBe(false);
    expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 200 && box.y + box.height <= 100).toBe(true);
  }
});
