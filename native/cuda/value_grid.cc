#include "cuda/value_grid.h"

#include <algorithm>
#include <climits>
#include <numeric>

namespace octavo::cuda {
namespace {

/// Runs from here on give a block enough to do.
constexpr size_t kLongRun = 1024;
/// Threads that a multiprocessor holds, of those that keep its memory busy.
constexpr size_t kThreadsAtOnce = 2048;

constexpr size_t divide_up(size_t a, size_t b) { return (a + b - 1) / b; }

/// Blocks for runs of `run` values.
size_t plan_runs(size_t count, size_t run, device::ValuePlan* plan) {
  plan->runs = count / run;
  plan->run = run;
  // A run that does not begin with a unit has values in one more than it fills.
  plan->chunks = divide_up(run % 4 == 0 || run == count ? run : run + 3, device::kChunkValues);
  return plan->runs * plan->chunks;
}

size_t plan_columns(const Device& d, size_t count, size_t period, device::ValuePlan* plan) {
  const size_t units = period / std::gcd(period, size_t{4});  // that hold whole periods
  const size_t wanted = std::min(static_cast<size_t>(d.info().multiprocessors) * kThreadsAtOnce, divide_up(count, 4));
  plan->step = divide_up(wanted, units) * units;
  return divide_up(plan->step, device::kValueThreads);
}

}  // namespace

Status plan_values(const Device& d, size_t count, size_t channels, size_t inner, ValueGrid* grid) {
  const size_t run = channels == 1 ? count : inner;
  grid->is_runs = channels == 1 || run >= kLongRun;
  const size_t blocks =
      grid->is_runs ? plan_runs(count, run, &grid->plan) : plan_columns(d, count, channels * inner, &grid->plan);
  if (blocks > INT_MAX) return Status::error(Code::kRange, "a GPU takes at most 2^31 - 1 blocks of values at once");
  grid->blocks = static_cast<unsigned>(blocks);
  return {};
}

}  // namespace octavo::cuda
