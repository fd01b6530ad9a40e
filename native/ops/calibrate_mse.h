// What a quantizer's mean squared error would be, from a histogram instead of the data.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"

namespace octavo {

/// Counts by magnitude: values x with floor(|x|) = k, in widths of a bin, are counted at counts[bins / 2 + k] if they
/// are not negative, else at counts[bins / 2 - 1 - k].
struct SignedHistogram {
  const uint64_t* counts;
  size_t bins;  // even
};

/// Where in its bin a value is taken to be: spread evenly over it, or all of them at its centre.
enum class BinModel { kEven, kCentre };

/// How many steps a quantizer goes below and above 0.
struct LevelSpan {
  uint32_t below, above;
};

/// errors[i]: the sum of (x - q(x))^2 over all values, in squared widths of a bin, for the quantizer with levels at
/// steps[i] * j, j = -below .. above, which takes each value to the nearest level.
///
/// For one sign, with M0, M1, M2 the sums of 1, x and x^2, T = above * step, and G(b) the sum of (b - x) over x < b,
/// the sum telescopes to M2 + T^2 M0 - 2 T M1 - 2 step (G(step / 2) + G(3 step / 2) + ... + G(T - step / 2)): no level
/// needs more than one look into the histogram. Steps below a quarter of a bin see an even density instead: step^2 / 12
/// for each value up to T, and the squared distance from T for those beyond.
Status expected_errors(const SignedHistogram& histogram, const double* steps, size_t count, LevelSpan span,
                       BinModel model, double* errors);

/// The best step and the best place of 0 among `levels` steps: over all steps, and over each number of steps below 0
/// from 0 to `levels`, those of types wider than 8 bits in strides of levels / 256. The first of equals wins.
struct AffineChoice {
  size_t step_index;
  uint32_t below;
  double error;
};
Status search_affine(const SignedHistogram& histogram, const double* steps, size_t count, uint32_t levels,
                     AffineChoice* best);

}  // namespace octavo
