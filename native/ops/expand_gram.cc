#include "ops/expand_gram.h"

#include <algorithm>

#include "ops/thread_pool.h"

namespace octavo {
namespace {

/// Where row i of the triangle would begin, if it had its values from column 0 on.
size_t row_of(size_t n, size_t i) { return i * n - i * (i + 1) / 2; }

}  // namespace

void expand_gram(const double* triangle, size_t n, const int32_t* order, double factor, const double* diagonal,
                 double* out) {
  ThreadPool::instance().parallel_for(n, n, [&](size_t i) {
    const auto row = static_cast<size_t>(order[i]);
    for (size_t j = 0; j < n; ++j) {
      const auto column = static_cast<size_t>(order[j]);
      const size_t low = std::min(row, column), high = std::max(row, column);
      out[i * n + j] = factor * triangle[row_of(n, low) + high];
    }
    out[i * n + i] = diagonal[row];
  });
}

}  // namespace octavo
