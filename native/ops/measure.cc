#include "ops/measure.h"

#include <chrono>

namespace octavo {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

double measure_peak(const KernelSet& set, PeakKind kind, double milliseconds) {
  const auto run = kind == PeakKind::kInt8 ? set.peak->int8 : set.peak->float32;
  constexpr size_t kIterations = 20000;  // some 60 to 200 microseconds: long beside the clock
  const double start = seconds_now();
  double operations = 0, now = start;
  while (operations == 0 || now < start + milliseconds / 1000) {
    operations += run(kIterations);
    now = seconds_now();
  }
  return operations / (now - start);
}

uint64_t read_repeatedly(const KernelSet& set, const uint8_t* source, size_t bytes, size_t repeats) {
  uint64_t sum = 0;
  for (size_t i = 0; i < repeats; ++i) sum += set.peak->read(source, bytes);
  return sum;
}

}  // namespace octavo
