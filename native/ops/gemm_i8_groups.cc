#include "ops/gemm_i8_groups.h"

#include "core/sizes.h"
#include "ops/scratch.h"

namespace octavo {

Status run_gemm_i8_groups(const KernelSet& set, const Activations& a, const PackedInt8Groups& b,
                          const GemmI8Epilogue& epilogue, const GemmI8Output& output) {
  if (a.m == 0 || b.n == 0) return {};
  const size_t bytes = multiply_sizes(multiply_sizes(a.m, b.n), sizeof(float));
  auto* high = static_cast<float*>(scratch(ScratchSlot::kPartialSums, bytes));
  if (high == nullptr) return Status::error(Code::kNative, "no memory for sums of 8-bit weights");
  GemmI8Epilogue first;
  first.row_scale = epilogue.row_scale;
  first.row_scale_step = epilogue.row_scale_step;
  first.residual = epilogue.residual;
  first.residual_stride = epilogue.residual_stride;
  if (Status s = run_gemm_i4(set, a, b.high, first, {OutputType::kFloat32, high}); !s.ok()) return s;
  GemmI8Epilogue second = epilogue;
  second.residual = high;
  second.residual_stride = b.n;
  return run_gemm_i4(set, a, b.low, second, output);
}

}  // namespace octavo
