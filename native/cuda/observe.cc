#include "cuda/observe.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "core/float_bits.h"
#include "cuda/value_grid.h"

namespace octavo::cuda {
namespace {

using device::HistogramOperands;
using device::RangeKeys;

/// Channels whose ranges a block gathers in shared memory.
constexpr size_t kMostShared = 2048;
/// Blocks of threads that stay, for each multiprocessor.
constexpr size_t kBlocksForRanges = 8;
/// Values that a thread of a histogram takes at once, and the most copies that its counters need: one for each lane.
constexpr size_t kHistogramValues = 16;
constexpr uint32_t kMostCopiesLog2 = 5;

float value_of_key(uint32_t key) { return float_of_bits(key ^ (key >> 31 != 0 ? 0x80000000 : 0xFFFFFFFF)); }

/// The number of the least finite value.
constexpr uint32_t kLeastKey = 0x00800000;

Status launch_runs(Device& d, device::RangeOperands operands, ValueGrid grid) {
  size_t chunks = grid.blocks;
  KernelLaunch launch{"ranges_of_runs"};
  launch.grid_x =
      static_cast<unsigned>(std::min(chunks, static_cast<size_t>(d.info().multiprocessors) * kBlocksForRanges));
  launch.threads = device::kValueThreads;
  void* parameters[] = {&operands, &grid.plan, &chunks};
  return d.launch(launch, parameters);
}

Status launch_columns(Device& d, device::RangeOperands operands, ValueGrid grid) {
  const bool shared = operands.channels <= kMostShared;
  KernelLaunch launch{shared ? "ranges_of_columns_shared" : "ranges_of_columns_global", grid.blocks};
  launch.threads = device::kValueThreads;
  launch.shared_bytes = shared ? operands.channels * sizeof(RangeKeys) : 0;
  void* parameters[] = {&operands, &grid.plan};
  return d.launch(launch, parameters);
}

bool is_power_of_two(float value) {
  int exponent = 0;
  return std::isfinite(value) && std::frexp(value, &exponent) == 0.5f;
}

Status check_bins(size_t bins, float limit) {
  if (bins < 2 || bins > (size_t{1} << 20) || (bins & (bins - 1)) != 0)
    return Status::error(Code::kRange, "bins must be a power of two from 2 to 2^20, got " + std::to_string(bins));
  if (!is_power_of_two(limit) || limit < std::ldexp(1.0f, -100))
    return Status::error(Code::kRange,
                         "limit must be a power of two from 2^-100 to 2^127, got " + std::to_string(limit));
  return {};
}

}  // namespace

Status fill_zeros(Device& d, const DeviceMemory& memory) {
  if (Status status = d.make_current(); !status.ok()) return status;
  return d.check(d.driver().fill(memory.address(), 0, memory.size_bytes(), d.stream()), "clearing results on the GPU");
}

Status DeviceRanges::start(Device& d, const DeviceValues& values, const DeviceMemory& results) {
  if (Status status = fill_zeros(d, results); !status.ok()) return status;
  if (values.count == 0) return {};
  auto* const counts = results.as<device::NonFiniteCounts>();
  const device::RangeOperands operands = {
      values.x, values.count, values.channels, values.inner, reinterpret_cast<RangeKeys*>(counts + 1), counts};
  ValueGrid grid;
  if (Status status = plan_values(d, values.count, values.channels, values.inner, &grid); !status.ok()) return status;
  return grid.is_runs ? launch_runs(d, operands, grid) : launch_columns(d, operands, grid);
}

MinMax DeviceRanges::read(const void* results, size_t channels, float* range) {
  device::NonFiniteCounts counts;
  std::memcpy(&counts, results, sizeof counts);
  const auto* at = static_cast<const std::byte*>(results) + sizeof counts;
  for (size_t c = 0; c < channels; ++c, at += sizeof(RangeKeys)) {
    RangeKeys keys;
    std::memcpy(&keys, at, sizeof keys);
    const bool is_empty = keys.max < kLeastKey;
    range[2 * c] = is_empty ? HUGE_VALF : 0.0f - value_of_key(keys.negative_min);
    range[2 * c + 1] = is_empty ? -HUGE_VALF : value_of_key(keys.max);
  }
  return {0, 0, counts.nan, counts.infinity};
}

Status DeviceHistogram::start(Device& d, const DeviceValues& values, size_t bins, float limit,
                              const DeviceMemory& results) {
  if (Status status = check_bins(bins, limit); !status.ok()) return status;
  if (Status status = fill_zeros(d, results); !status.ok()) return status;
  auto* const outside = results.as<device::OutsideCounts>();
  HistogramOperands operands = {};
  operands.x = values.x;
  operands.count = values.count;
  operands.half_bins = static_cast<uint32_t>(bins / 2);
  operands.bins_per_unit = static_cast<float>(operands.half_bins) / limit;
  operands.counts = reinterpret_cast<uint64_t*>(outside + 1);
  operands.outside = outside;
  return launch_histogram(d, operands);
}

Status launch_histogram(Device& d, HistogramOperands operands) {
  if (operands.count == 0) return {};
  const size_t bytes = 2 * size_t{operands.half_bins} * sizeof(uint32_t), room = d.info().shared_bytes;
  const bool shared = bytes <= room;
  while (shared && operands.copies_log2 < kMostCopiesLog2 && bytes << (operands.copies_log2 + 1) <= room)
    ++operands.copies_log2;
  constexpr size_t kEach = kHistogramValues * device::kHistogramThreads;
  KernelLaunch launch{shared ? "histogram_shared" : "histogram_global"};
  launch.grid_x = static_cast<unsigned>(
      std::min((operands.count + kEach - 1) / kEach, static_cast<size_t>(d.info().multiprocessors)));
  launch.threads = device::kHistogramThreads;
  launch.shared_bytes = shared ? bytes << operands.copies_log2 : 0;
  void* parameters[] = {&operands};
  return d.launch(launch, parameters);
}

}  // namespace octavo::cuda
