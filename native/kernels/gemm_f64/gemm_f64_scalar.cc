// The definition of the products in double: one chain of differences per output.
#include "kernels/gemm_f64/gemm_f64.h"

namespace octavo {
namespace {

constexpr size_t kMr = 4, kNr = 8;

void gemm_f64_scalar(const GemmF64Strip& s) {
  for (size_t r = 0; r < s.rows; ++r) {
    double* const c = s.c + r * s.c_stride;
    for (size_t j = 0; j < s.n; j += kNr) {
      const double* b = s.b + j / kNr * s.panel_stride;
      const size_t columns = s.n - j < kNr ? s.n - j : kNr;
      double acc[kNr] = {};
      for (size_t i = 0; i < columns; ++i) acc[i] = c[j + i];
      for (size_t p = 0; p < s.k; ++p) {
        const double value = s.a[r * s.a_stride + p];
        for (size_t i = 0; i < kNr; ++i) acc[i] = acc[i] - value * b[p * kNr + i];
      }
      for (size_t i = 0; i < columns; ++i) c[j + i] = acc[i];
    }
  }
}

}  // namespace

const GemmF64Kernel kGemmF64Scalar = {kMr, kNr, gemm_f64_scalar};

}  // namespace octavo
