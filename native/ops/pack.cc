#include "ops/pack.h"

#include <algorithm>
#include <cstring>

#include "core/sizes.h"

namespace octavo {
namespace {

Status out_of_memory(const PackSource& source) {
  return Status::error(Code::kNative, "no memory for packed weights of k " + std::to_string(source.k) + ", n " +
                                          std::to_string(source.n));
}

/// One step of kr rows of one panel, [nr][kr], for the columns that exist; the rest stays 0.
void pack_step(const int8_t* b, const PackSource& source, size_t p0, size_t j0, const GemmI8Kernel& kernel,
               int8_t* step) {
  const size_t rows = std::min(kernel.kr, source.k - p0), columns = std::min(kernel.nr, source.n - j0);
  if (source.transposed) {
    for (size_t c = 0; c < columns; ++c) std::memcpy(step + c * kernel.kr, b + (j0 + c) * source.k + p0, rows);
    return;
  }
  for (size_t r = 0; r < rows; ++r) {
    const int8_t* row = b + (p0 + r) * source.n + j0;
    for (size_t c = 0; c < columns; ++c) step[c * kernel.kr + r] = row[c];
  }
}

void add_column_sums(const int8_t* step, const GemmI8Kernel& kernel, size_t columns, int32_t* sums) {
  for (size_t c = 0; c < columns; ++c) {
    uint32_t sum = static_cast<uint32_t>(sums[c]);
    for (size_t r = 0; r < kernel.kr; ++r) sum += static_cast<uint32_t>(static_cast<int32_t>(step[c * kernel.kr + r]));
    sums[c] = static_cast<int32_t>(sum);
  }
}

}  // namespace

Status pack_int8(const KernelSet& set, const int8_t* b, const PackSource& source, PackedInt8* packed) {
  const GemmI8Kernel& kernel = *set.gemm_i8;
  const size_t panels = divide_up(source.n, kernel.nr), k_padded = round_up(source.k, kernel.kr);
  const size_t bytes = multiply_sizes(multiply_sizes(panels, kernel.nr), k_padded);
  packed->k = source.k;
  packed->n = source.n;
  packed->k_padded = k_padded;
  if (!packed->panels.allocate(bytes) || !packed->column_sums.allocate(multiply_sizes(source.n, sizeof(int32_t))))
    return out_of_memory(source);
  std::memset(packed->panels.as<void>(), 0, bytes);
  std::fill_n(packed->column_sums.as<int32_t>(), source.n, 0);
  if (source.k == 0) return {};
  int8_t* step = packed->panels.as<int8_t>();
  for (size_t j0 = 0; j0 < source.n; j0 += kernel.nr)
    for (size_t p0 = 0; p0 < source.k; p0 += kernel.kr, step += kernel.nr * kernel.kr) {
      pack_step(b, source, p0, j0, kernel, step);
      const size_t columns = std::min(kernel.nr, source.n - j0);
      add_column_sums(step, kernel, columns, packed->column_sums.as<int32_t>() + j0);
    }
  return {};
}

Status pack_float32(const KernelSet& set, const float* b, const PackSource& source, PackedFloat32* packed) {
  const size_t nr = set.gemm_f32->nr, k = source.k, n = source.n;
  const size_t elements = multiply_sizes(round_up(n, nr), k);
  packed->k = k;
  packed->n = n;
  if (!packed->panels.allocate(multiply_sizes(elements, sizeof(float)))) return out_of_memory(source);
  if (k == 0) return {};  // nothing to pack, however many columns were asked for
  float* panel = packed->panels.as<float>();
  for (size_t j0 = 0; j0 < n; j0 += nr, panel += k * nr) {
    const size_t columns = std::min(nr, n - j0);
    for (size_t p = 0; p < k && !source.transposed; ++p) {
      std::memcpy(panel + p * nr, b + p * n + j0, columns * sizeof(float));
      std::fill(panel + p * nr + columns, panel + (p + 1) * nr, 0.0f);
    }
    if (!source.transposed) continue;
    for (size_t c = 0; c < nr; ++c)
      for (size_t p = 0; p < k; ++p) panel[p * nr + c] = c < columns ? b[(j0 + c) * k + p] : 0.0f;
  }
  return {};
}

}  // namespace octavo
