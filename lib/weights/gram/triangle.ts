// Upper triangles of symmetric matrices, row by row.

/** Values of a triangle with its diagonal. */
export const triangleLength = (channels: number): number => (channels * (channels + 1)) / 2;
