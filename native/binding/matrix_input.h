// Rows of a matrix in an array that JavaScript gave, checked.
#pragma once

#include "binding/arguments.h"
#include "core/sizes.h"

namespace octavo {

/// m rows of k values in an array.
struct Matrix {
  const char* name;
  size_t length, m, k, row_stride;
};

inline void check_matrix(Napi::Env env, const Matrix& matrix) {
  const auto& [name, length, m, k, row_stride] = matrix;
  if (row_stride < k && m > 1)
    throw_error(env, Code::kShape, "rows of " + std::string(name) + " must be at least k elements apart");
  if (length < strided_length(m, k, row_stride))
    throw_error(env, Code::kShape, std::string(name) + " is too short for m rows of k values");
}

}  // namespace octavo
