#include "ops/finish_rows.h"

#include <cstring>

namespace octavo {
namespace {

void add(const float* terms, size_t count, float* sums) {
  for (size_t i = 0; i < count; ++i) sums[i] = sums[i] + terms[i];
}

}  // namespace

void finish_rows(const KernelSet& set, const SumsPart& part, const FloatEpilogue& epilogue, const FinishedRows& out) {
  for (size_t r = 0; r < part.rows; ++r) {
    float* const f = part.sums + r * part.stride;
    const size_t row = part.row + r, at = row * out.stride + part.column;
    if (epilogue.bias) add(epilogue.bias + part.column, part.columns, f);
    if (epilogue.residual) add(epilogue.residual + row * epilogue.residual_stride + part.column, part.columns, f);
    if (epilogue.activation.kind != ActivationKind::kNone) set.activation->run(epilogue.activation, f, part.columns);
    if (out.type == OutputType::kFloat16)
      set.gemm_f16->narrow(f, part.columns, static_cast<uint16_t*>(out.data) + at);
    else
      std::memcpy(static_cast<float*>(out.data) + at, f, part.columns * sizeof(float));
  }
}

}  // namespace octavo
