// Levels of the angles of recursive polar coordinates.

/** Points of the grid on which densities are summed. */
const POINTS = 1 << 15;
const ROUNDS = 4000;

/**
 * 2^bits levels with the least squared error of an angle at a level of the recursion. At level 1 angles are uniform on [0, 2 pi), at
 * level l >= 2 they have the density of sin^(2^(l - 1) - 1)(2 psi) on [0, pi / 2]: lengths of 2^(l - 1) normal values each way.
 */
export function angleLevels(level: number, bits: number): Float64Array {
  const count = 2 ** bits;
  if (level === 1) return Float64Array.from({ length: count }, (_, i) => ((i + 0.5) / count) * 2 * Math.PI);
  const power = 2 ** (level - 1) - 1;
  const [mass, moment] = [new Float64Array(POINTS + 1), new Float64Array(POINTS + 1)]; // below each point
  for (let i = 0; i < POINTS; i++) {
    const angle = ((i + 0.5) / POINTS) * (Math.PI / 2);
    const density = Math.sin(2 * angle) ** power;
    mass[i + 1] = mass[i]! + density;
    moment[i + 1] = moment[i]! + density * angle;
  }
  return lloyd(quantiles(mass, count), mass, moment);
}

/** The middles of `count` cells of equal mass. */
function quantiles(mass: Float64Array, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    const wanted = ((i + 0.5) / count) * mass[POINTS]!;
    return (mass.findIndex((below) => below >= wanted) / POINTS) * (Math.PI / 2);
  });
}

/** Lloyd's iteration: cells between the middles of levels, levels at the means of cells. */
function lloyd(levels: Float64Array, mass: Float64Array, moment: Float64Array): Float64Array {
  const at = (table: Float64Array, angle: number): number => {
    const place = (angle / (Math.PI / 2)) * POINTS;
    const i = Math.min(Math.floor(place), POINTS - 1);
    return table[i]! + (place - i) * (table[i + 1]! - table[i]!);
  };
  for (let round = 0; round < ROUNDS; round++) {
    const edges = [0, ...levels.subarray(1).map((level, i) => (level + levels[i]!) / 2), Math.PI / 2];
    let moved = 0;
    levels.forEach((level, i) => {
      const [low, high] = [edges[i]!, edges[i + 1]!];
      levels[i] = (at(moment, high) - at(moment, low)) / (at(mass, high) - at(mass, low));
      moved = Math.max(moved, Math.abs(levels[i]! - level));
    });
    if (moved < 1e-12) break;
  }
  return levels;
}
