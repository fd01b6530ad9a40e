// Loops over rows on the pool's threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/sizes.h"
#include "core/status.h"
#include "ops/thread_pool.h"

namespace octavo {

/// run(first, rows) for groups of rows of `values` values each; the status of the first group that failed. Few values
/// run on the calling thread alone.
template <typename Run>
Status for_row_groups(size_t rows, size_t values, const Run& run) {
  constexpr size_t kGroupValues = 64 * 1024;
  const size_t group = std::max<size_t>(1, kGroupValues / std::max<size_t>(1, values));
  const size_t groups = divide_up(rows, group);
  if (groups <= 1) return rows == 0 ? Status{} : run(size_t{0}, rows);
  std::vector<Status> found(groups);
  ThreadPool::instance().parallel_for(groups, groups,
                                      [&](size_t g) { found[g] = run(g * group, std::min(group, rows - g * group)); });
  for (Status& status : found)
    if (!status.ok()) return std::move(status);
  return {};
}

}  // namespace octavo
