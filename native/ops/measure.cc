#include "ops/measure.h"

#include <algorithm>
#include <chrono>

namespace octavo {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

double measure_peak(const KernelSet& set, PeakKind kind, double milliseconds) {
  const auto run = kind == PeakKind::kInt8 ? set.peak->int8 : set.peak->float32;
  constexpr size_t kIterations =
      20000;  // some 60 to 200 microseconds: long beside the clock, short beside a time slice
  const double end = seconds_now() + milliseconds / 1000;
  double best = 0, start = seconds_now();
  do {
    const double operations = run(kIterations), stop = seconds_now();
    best = std::max(best, operations / (stop - start));
    start = stop;
  } while (start < end);
  return best;
}

uint64_t read_repeatedly(const KernelSet& set, const uint8_t* source, size_t bytes, size_t repeats) {
  uint64_t sum = 0;
  for (size_t i = 0; i < repeats; ++i) sum += set.peak->read(source, bytes);
  return sum;
}

}  // namespace octavo
