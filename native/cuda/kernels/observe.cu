// Statistics of arrays: ranges, histograms, the first pass of a sketch.
#include "cuda/device/find_ranges.h"
#include "cuda/device/histogram.h"
#include "cuda/device/sketch_values.h"

namespace octavo::device {

OCTAVO_KERNEL(ranges_of_runs, kValueThreads)(const RangeOperands operands, const ValuePlan plan, size_t chunks) {
  find_run_ranges(operands, plan, chunks);
}
OCTAVO_REGISTER(ranges_of_runs)

OCTAVO_KERNEL(ranges_of_columns_shared, kValueThreads)(const RangeOperands operands, const ValuePlan plan) {
  OCTAVO_SHARED(shared);
  find_column_ranges(operands, plan, reinterpret_cast<RangeKeys*>(shared));
}
OCTAVO_REGISTER(ranges_of_columns_shared)

OCTAVO_KERNEL(ranges_of_columns_global, kValueThreads)(const RangeOperands operands, const ValuePlan plan) {
  find_column_ranges(operands, plan, nullptr);
}
OCTAVO_REGISTER(ranges_of_columns_global)

OCTAVO_KERNEL(histogram_shared, kHistogramThreads)(const HistogramOperands operands) {
  OCTAVO_SHARED(shared);
  count_in_shared(operands, reinterpret_cast<uint32_t*>(shared));
}
OCTAVO_REGISTER(histogram_shared)

OCTAVO_KERNEL(histogram_global, kHistogramThreads)(const HistogramOperands operands) { count_in_global(operands); }
OCTAVO_REGISTER(histogram_global)

OCTAVO_KERNEL(sketch_first_pass, kSketchThreads)(const SketchOperands operands) {
  OCTAVO_SHARED(shared);
  sketch_values(operands, reinterpret_cast<SumLimbs*>(shared));
}
OCTAVO_REGISTER(sketch_first_pass)

}  // namespace octavo::device
