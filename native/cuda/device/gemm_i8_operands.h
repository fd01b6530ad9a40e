// The arguments of int8 GEMM kernels: what the host fills and the device reads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo::device {

/// A [m, k] of uint8 or int8 and W [n, k] of int8: rows `stride` bytes apart, which 16 divides, as it does the
/// addresses. k is rounded up to 16, and what lies between it and k is 0 in W.
struct GemmI8Operands {
  const uint8_t* a;
  const int8_t* w;
  size_t m, n, k;
  size_t a_stride, w_stride;
};

/// C and the epilogue, with device pointers. Row pointers start at C's first row.
struct GemmI8Result {
  GemmI8Epilogue epilogue;
  OutputType output;
  void* c;
  size_t c_stride;  // in elements
};

}  // namespace octavo::device
