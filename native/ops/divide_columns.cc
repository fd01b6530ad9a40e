#include "ops/divide_columns.h"

#include <algorithm>

#include "core/sizes.h"
#include "ops/thread_pool.h"

namespace octavo {

void divide_columns(const MatrixF32& x, size_t k, const float* scale, float* out) {
  constexpr size_t kTicketValues = 1 << 16;
  if (x.m == 0 || k == 0) return;
  const size_t rows = std::max<size_t>(1, kTicketValues / k), tickets = divide_up(x.m, rows);
  ThreadPool::instance().parallel_for(tickets, tickets, [&](size_t ticket) {
    for (size_t i = ticket * rows; i < std::min(x.m, (ticket + 1) * rows); ++i)
      for (size_t p = 0; p < k; ++p) out[i * k + p] = x.data[i * x.row_stride + p] / scale[p];
  });
}

}  // namespace octavo
