// Weighted sums of vectors that are codes: what attention makes of its values, without decoding them.
//
// Definition    acc[r, j] = fma(weight[r, i], levels[code[i, j]], acc[r, j]) for i = 0, 1, ... tokens - 1, one chain of
//               fma for each r and j, so that every kernel set gives the same bits.
// Codes         rows of planes as kernels/codes/codes.h has them, kCodeSlackBytes readable after the last one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

struct AccumulateCodes {
  const uint8_t* codes;
  size_t row_stride;  // bytes
  size_t tokens;
  size_t dim;
  size_t bits;           // 1 .. 8
  const float* levels;   // [2^bits], the lowest first
  const float* weights;  // [queries, tokens], `weight_stride` elements apart
  size_t weight_stride;
  float* acc;  // [queries, dim], `acc_stride` elements apart
  size_t acc_stride;
  size_t queries;
};

struct AccumulateCodesKernel {
  void (*run)(const AccumulateCodes& sum);
};

extern const AccumulateCodesKernel kAccumulateCodesScalar, kAccumulateCodesAvx2, kAccumulateCodesAvx512vnni,
    kAccumulateCodesNeon;

}  // namespace octavo
