#include "ops/observe.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/sizes.h"
#include "ops/wide_columns.h"

namespace octavo {
namespace {

void widen(float* range, const MinMax& found, NonFinite* counts) {
  range[0] = std::min(range[0], found.min);
  range[1] = std::max(range[1], found.max);
  counts->nan_count += found.nan_count;
  counts->infinity_count += found.infinity_count;
}

/// A bound of each column of wide rows, in whole cache lines from column `lead` on.
class ColumnBounds {
 public:
  ColumnBounds(size_t lead, size_t width, float start) : bounds_(width + 3 * kLineValues, start) {
    first_ = bounds_.data() + values_before_line(bounds_.data()) + kLineValues - lead;
  }
  ColumnBounds(const ColumnBounds&) = delete;
  ColumnBounds& operator=(const ColumnBounds&) = delete;
  float* from(size_t column) { return first_ + column; }

 private:
  std::vector<float> bounds_;
  float* first_;
};

/// Channels along the last axis, in wide rows that start at a cache line if their length allows that.
void observe_columns(const KernelSet& set, const ChannelView& view, float* range, NonFinite* counts) {
  const size_t width = wide_row(view.channels), lead = std::min(values_before_line(view.x), view.count);
  ColumnBounds min(lead, width, HUGE_VALF), max(lead, width, -HUGE_VALF);
  MinMax total = {0, 0, 0, 0};
  const auto observe = [&](size_t at, size_t rows, size_t column, size_t columns) {
    set.minmax->columns(view.x + at, rows, {min.from(column), max.from(column), columns}, &total);
  };
  const size_t rows = (view.count - lead) / width, end = lead + rows * width;
  observe(0, 1, 0, lead);
  observe(lead, rows, lead, width);
  observe(end, 1, lead, view.count - end);
  for (size_t i = 0, c = 0; i < lead + width; ++i, c = c + 1 < view.channels ? c + 1 : 0) {
    range[2 * c] = std::min(range[2 * c], *min.from(i));
    range[2 * c + 1] = std::max(range[2 * c + 1], *max.from(i));
  }
  *counts = {total.nan_count, total.infinity_count};
}

bool is_power_of_two(float value) {
  int exponent = 0;
  return std::isfinite(value) && std::frexp(value, &exponent) == 0.5f;
}

}  // namespace

Status observe_ranges(const KernelSet& set, const ChannelView& view, float* range, NonFinite* counts) {
  const auto [x, count, channels, inner] = view;
  const size_t block = multiply_sizes(channels, inner);
  if (block == 0 ? count != 0 : count % block != 0)
    return Status::error(Code::kShape, "length " + std::to_string(count) + " is not a multiple of channels " +
                                           std::to_string(channels) + " times inner " + std::to_string(inner));
  for (size_t c = 0; c < channels; ++c) range[2 * c] = HUGE_VALF, range[2 * c + 1] = -HUGE_VALF;
  *counts = {};
  if (count == 0 || channels == 0) return {};
  if (channels == 1)
    widen(range, set.minmax->uniform(x, count), counts);
  else if (inner == 1)
    observe_columns(set, view, range, counts);
  else
    for (size_t at = 0, c = 0; at < count; at += inner, c = (c + 1) % channels)
      widen(range + 2 * c, set.minmax->uniform(x + at, inner), counts);
  return {};
}

Status observe_histogram(const KernelSet& set, const float* x, size_t count, const HistogramTarget& target,
                         uint64_t* beyond_limit, uint64_t* nan_count) {
  const size_t bins = target.bins;
  if (bins < 2 || bins > (size_t{1} << 20) || (bins & (bins - 1)) != 0)
    return Status::error(Code::kRange, "bins must be a power of two from 2 to 2^20, got " + std::to_string(bins));
  if (!is_power_of_two(target.limit) || target.limit < std::ldexp(1.0f, -100))
    return Status::error(Code::kRange,
                         "limit must be a power of two from 2^-100 to 2^127, got " + std::to_string(target.limit));
  const uint32_t half = static_cast<uint32_t>(bins / 2);
  Histogram histogram = {static_cast<float>(half) / target.limit, half, target.counts, 0, 0};
  set.histogram->add(x, count, &histogram);
  *beyond_limit += histogram.beyond_limit;
  *nan_count += histogram.nan_count;
  return {};
}

}  // namespace octavo
