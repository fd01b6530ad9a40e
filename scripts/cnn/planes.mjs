// Pictures as planes, [channels, pictures * height * width], and the moves of convolution and pooling on them.

/**
 * Every 3 x 3 neighbourhood of each channel: [9 * channels, pictures * size * size], zeros beyond the edges. Row 9c + 3i + j
 * is channel c moved by i - 1 rows and j - 1 columns.
 */
export function neighbourhoods(planes, channels, size) {
  const length = planes.length / channels;
  const out = new Float32Array(9 * planes.length);
  for (let row = 0; row < 9 * channels; row++) {
    const [dy, dx] = moveOf(row);
    const shift = dy * size + dx;
    const source = planes.subarray(Math.floor(row / 9) * length, (Math.floor(row / 9) + 1) * length);
    const target = out.subarray(row * length, (row + 1) * length);
    target.set(source.subarray(Math.max(shift, 0), length + Math.min(shift, 0)), Math.max(-shift, 0));
    clearEdges(target, size, dy, dx);
  }
  return out;
}

/** The transpose of `neighbourhoods`, which clears the edges of its argument: sums into [channels, ...]. */
export function sumNeighbourhoods(rows, channels, size) {
  const length = rows.length / (9 * channels);
  const out = new Float32Array(channels * length);
  for (let row = 0; row < 9 * channels; row++) {
    const [dy, dx] = moveOf(row);
    const shift = dy * size + dx;
    const source = rows.subarray(row * length, (row + 1) * length);
    clearEdges(source, size, dy, dx);
    const begin = Math.floor(row / 9) * length + shift;
    const [from, to] = [Math.max(-shift, 0), length - Math.max(shift, 0)];
    for (let i = from; i < to; i++) out[begin + i] += source[i];
  }
  return out;
}

const moveOf = (row) => [Math.floor((row % 9) / 3) - 1, (row % 3) - 1];

/** Zeros where a move by (dy, dx) looks beyond the edge of a picture. */
function clearEdges(plane, size, dy, dx) {
  const area = size * size;
  for (let picture = 0; picture < plane.length; picture += area) {
    if (dy < 0) plane.fill(0, picture, picture + size);
    if (dy > 0) plane.fill(0, picture + area - size, picture + area);
    if (dx === 0) continue;
    for (let i = picture + (dx < 0 ? 0 : size - 1); i < picture + area; i += size) plane[i] = 0;
  }
}

/** The largest of every 2 x 2 places, and where it was. */
export function maxPool(planes, size) {
  const half = size / 2;
  const out = new Float32Array(planes.length / 4);
  const from = new Uint32Array(out.length);
  for (let i = 0; i < out.length; i++) {
    const row = Math.floor(i / half);
    const corner = 2 * row * size + 2 * (i % half);
    let best = corner;
    for (const place of [corner + 1, corner + size, corner + size + 1]) if (planes[place] > planes[best]) best = place;
    out[i] = planes[best];
    from[i] = best;
  }
  return { out, from };
}

export function maxPoolGradient(gradient, from, length) {
  const out = new Float32Array(length);
  for (let i = 0; i < gradient.length; i++) out[from[i]] = gradient[i];
  return out;
}

/** The mean of each plane of each picture: [channels, pictures]. */
export function means(planes, area) {
  const out = new Float32Array(planes.length / area);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let j = i * area; j < (i + 1) * area; j++) sum += planes[j];
    out[i] = sum / area;
  }
  return out;
}

export function meansGradient(gradient, area) {
  const out = new Float32Array(gradient.length * area);
  for (let i = 0; i < gradient.length; i++) out.fill(gradient[i] / area, i * area, (i + 1) * area);
  return out;
}

/** [rows, columns] as [columns, rows]. */
export function transpose(values, rows, columns) {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) out[column * rows + row] = values[row * columns + column];
  return out;
}
