// The Kullback-Leibler divergences of entropy calibration (S. Migacz, "8-bit inference with TensorRT", GTC 2017).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"

namespace octavo {

/// A histogram of magnitudes: counts[k] values lie in [k, k + 1) widths of a bin.
struct MagnitudeHistogram {
  const uint64_t* counts;
  size_t bins;
};

/// divergences[i - levels] for every clip i = levels .. bins, in bins, of
///   D_i = sum over P_k > 0 of P_k ln(P_k / Q_k),
/// where P is counts[0 .. i) with all that lies beyond added to bin i - 1, and Q is counts[0 .. i) without that, shared
/// out over `levels` levels: bin k belongs to level floor(k * levels / i), and each level's mass is spread evenly over
/// those of its bins whose count is not 0. Both are divided by their sums. Where Q_k = 0 and P_k > 0, which only an
/// empty bin i - 1 with values beyond it can bring about, D_i is infinite; but for the smallest clip, which must stay a
/// candidate however far off outliers are, what lies beyond then goes to the last bin below that is not empty. Without
/// any values all are 0.
///
/// Sums of the counts, and of n ln n, are taken once: each clip then costs one logarithm a level.
Status entropy_divergences(const MagnitudeHistogram& histogram, size_t levels, double* divergences);

}  // namespace octavo
