/**
 * What the scale s of a vector x with codes c is chosen for; the decoded vector is s Rᵀ c, R the rotation and r = R x / |x|.
 * `matchedNorm`: |x| / |c|, the decoded vector has the norm of x. `minMse`: |x| <c, r> / |c|², the least squared error.
 * `unbiased`: |x| / <c, r>, products with the decoded vector are right on average over rotations. `paper`: |x| / sqrt(d), as
 * TurboQuant_mse has it (arXiv 2504.19874); the others are those of DRIVE (arXiv 2105.08339) and EDEN (arXiv 2108.08842).
 * In files the kind is its index here.
 */
export const SCALE_KINDS = ['matchedNorm', 'minMse', 'unbiased', 'paper'] as const;
export type ScaleKind = (typeof SCALE_KINDS)[number];
