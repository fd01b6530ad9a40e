#include "cuda/sketch.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/float_bits.h"
#include "kernels/sums/sums_scalar.h"

namespace octavo::cuda {
namespace {

using device::kSumPlaces;
using device::SumLimbs;

/// What the kernels write, before the histogram's counts.
struct Results {
  device::NonFiniteCounts counts;
  device::RangeKeys range;
  device::OutsideCounts outside;
  SumLimbs sums[kSumPlaces];
};

/// Values that a thread of the first pass takes at once, and its blocks for each multiprocessor.
constexpr size_t kValuesAtOnce = 8, kBlocksForSums = 3;

Status launch_first_pass(Device& d, device::SketchOperands operands) {
  constexpr size_t kEach = kValuesAtOnce * device::kSketchThreads;
  KernelLaunch launch{"sketch_first_pass"};
  launch.grid_x = static_cast<unsigned>(
      std::min((operands.count + kEach - 1) / kEach, static_cast<size_t>(d.info().multiprocessors) * kBlocksForSums));
  launch.threads = device::kSketchThreads;
  launch.shared_bytes = kSumPlaces * sizeof(SumLimbs);
  void* parameters[] = {&operands};
  return d.launch(launch, parameters);
}

/// Adds the limbs of all places. The lower limbs stay below 2^63: what is added to them is below 2^32 each time.
ExactSums sums_of(const SumLimbs* limbs) {
  ExactSums sums = {};
  for (unsigned place = 0; place < kSumPlaces; ++place) {
    for (unsigned i = 0; i < 2; ++i)
      add_at(sums.sum, ExactSums::kSumLimbs, static_cast<int64_t>(limbs[place].sum[i]), place + 32 * i);
    for (unsigned i = 0; i < 3; ++i)
      add_at(sums.squares, ExactSums::kSquareLimbs, static_cast<int64_t>(limbs[place].squares[i]), 2 * place + 32 * i);
  }
  return sums;
}

/// Bits of the range's largest magnitude in units of 2^-149.
uint64_t width_of(float min, float max) {
  if (min > max) return 0;
  const uint32_t bits = bits_of(std::max(std::fabs(min), std::fabs(max)));
  return bits >= 0x800000 ? (bits >> 23) + 23 : static_cast<uint64_t>(std::bit_width(bits));
}

}  // namespace

size_t DeviceSketch::bytes_for(size_t bins) { return sizeof(Results) + bins * sizeof(uint64_t); }

Status DeviceSketch::start(Device& d, const DeviceValues& values, size_t bins, const DeviceMemory& results) {
  if (Status status = fill_zeros(d, results); !status.ok()) return status;
  if (values.count == 0) return {};
  auto* const to = results.as<Results>();
  Status status = launch_first_pass(d, {values.x, values.count, &to->range, &to->counts, to->sums});
  if (!status.ok()) return status;
  device::HistogramOperands operands = {};
  operands.x = values.x;
  operands.count = values.count;
  operands.half_bins = static_cast<uint32_t>(bins / 2);
  operands.range = &to->range;
  operands.counts = reinterpret_cast<uint64_t*>(to + 1);
  operands.outside = &to->outside;
  return launch_histogram(d, operands);
}

SketchParts DeviceSketch::read(const void* bytes) {
  const auto* const results = static_cast<const Results*>(bytes);
  float range[2];
  const MinMax counts = DeviceRanges::read(results, 1, range);
  return {counts.nan_count,
          counts.infinity_count,
          range[0],
          range[1],
          width_of(range[0], range[1]),
          sums_of(results->sums),
          reinterpret_cast<const uint64_t*>(results + 1)};
}

}  // namespace octavo::cuda
