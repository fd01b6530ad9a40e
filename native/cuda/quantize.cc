#include "cuda/quantize.h"

#include <climits>

#include "cuda/value_grid.h"

namespace octavo::cuda {
namespace {

// As the kernels in cuda/kernels/quantize_rows.cu are built.
constexpr size_t kShortRow = 32 * 16, kMediumRow = 256 * 16;
constexpr unsigned kRowThreads = 256, kLongRowThreads = 1024, kRowsOfShort = kRowThreads / 32;
constexpr size_t kRowSharedBytes = 2 * 32 * sizeof(uint32_t);  // two words for each warp

KernelLaunch launch_for_rows(size_t count) {
  KernelLaunch launch{};
  launch.name = count <= kShortRow    ? "quantize_rows_short"
                : count <= kMediumRow ? "quantize_rows_medium"
                                      : "quantize_rows_long";
  launch.threads = count <= kMediumRow ? kRowThreads : kLongRowThreads;
  launch.shared_bytes = kRowSharedBytes;
  return launch;
}

template <typename Operands>
Status convert(Device& d, Operands operands, const char* runs, const char* columns) {
  if (operands.count == 0) return {};
  ValueGrid grid;
  if (Status status = plan_values(d, operands.count, operands.params.channels, operands.params.inner, &grid);
      !status.ok())
    return status;
  const KernelLaunch launch{grid.is_runs ? runs : columns, grid.blocks, 1, 1, device::kValueThreads, 0, 1};
  void* parameters[] = {&operands, &grid.plan};
  return d.launch(launch, parameters);
}

}  // namespace

Status quantize_rows(Device& d, const FloatRows& rows, const device::Int8Rows& result) {
  if (rows.rows == 0) return {};
  KernelLaunch launch = launch_for_rows(rows.count);
  const size_t each = rows.count <= kShortRow ? kRowsOfShort : 1, blocks = (rows.rows + each - 1) / each;
  if (blocks > INT_MAX) return Status::error(Code::kRange, "a GPU quantizes at most 2^31 - 1 rows at once");
  launch.grid_x = static_cast<unsigned>(blocks);
  FloatRows x = rows;
  device::Int8Rows q = result;
  void* parameters[] = {&x, &q};
  return d.launch(launch, parameters);
}

Status quantize(Device& d, const device::QuantizeOperands& operands) {
  return convert(d, operands, "quantize_runs", "quantize_columns");
}

Status dequantize(Device& d, const device::DequantizeOperands& operands) {
  return convert(d, operands, "dequantize_runs", "dequantize_columns");
}

}  // namespace octavo::cuda
