// int8 GEMM micro-kernels: one strip of at most `mr` rows of A times all columns of packed B, with the epilogue.
//
// Types         A as the kernel's `a_form` says: uint8, int16, int8, or bytes that are uint8 or int8 as the strip says;
//               B int8; accumulators int32 modulo 2^32, exact (no instruction that saturates).
// Packed B      panels [ceil(n / nr)][k_padded / kr][nr][kr] of int8, 64-byte aligned, k_padded = k rounded up to kr;
//               columns beyond n and rows beyond k are 0.
// A             rows `a_stride_bytes` apart, each with k_padded readable elements; those beyond k meet zeros of B.
// C             row-major, rows `c_stride` elements apart; nothing beyond column n is written.
// Bound         |sum| < 2^31 is the caller's duty.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "kernels/activation/activation.h"

namespace octavo {

enum class AForm { kU8, kI16, kS8, kBytes };
enum class OutputType { kInt32, kFloat32, kFloat16, kInt8, kUint8 };

static constexpr size_t element_bytes(OutputType type) {
  return type == OutputType::kInt32 || type == OutputType::kFloat32 ? 4 : type == OutputType::kFloat16 ? 2 : 1;
}

/// What happens to an accumulator before it is stored, in this order on every instruction set, float32 without fma:
///   acc += column_term[n] + row_factor[m] * column_sum[n] + row_sum[m] * column_factor[n]     (modulo 2^32)
///   int32 output ends here
///   f = float(acc); f *= row_scale[m]; f *= column_scale[n]; f += bias[n]; f += residual[m, n]
///   f = activation(f)
///   float32 output ends here; float16 output is the nearest to f, ties to even, every NaN as 0x7E00
///   v = f * inverse_scale; v = v > low ? v : low; v = v < high ? v : high
///   q = round_half_to_even(v) + zero_point, with low and high so that q fits the output type
struct GemmI8Epilogue {
  const int32_t* column_term = nullptr;    // [n], or null for none
  const int32_t* row_factor = nullptr;     // [m], or null: then column_sum is not read
  const int32_t* column_sum = nullptr;     // [n]
  const int32_t* column_factor = nullptr;  // [n], or null: then row_sum is not read
  const int32_t* row_sum = nullptr;        // [m]
  const float* row_scale = nullptr;        // [m * row_scale_step + 1]; all outputs but int32
  size_t row_scale_step = 0;               // 0: one scale for all rows; 1: a scale for each row
  const float* column_scale = nullptr;     // [n]
  const float* bias = nullptr;             // [n], or null for none
  const float* residual = nullptr;         // [m, n], rows residual_stride apart, or null for none
  size_t residual_stride = 0;              // in elements
  Activation activation;
  float inverse_scale = 1, low = 0, high = 0;
  int32_t zero_point = 0;
  // For 8-bit outputs, bounds of what scaled sums and biases are in units of the output: the largest |acc| *
  // |column_scale| * inverse_scale, to be multiplied with the row's scale, and |bias| * inverse_scale.
  float most_units = INFINITY, most_bias_units = 0;
};

/// Memory that a later strip reads: rows of activations, packed B. A kernel may bring it closer while it computes.
struct GemmI8Ahead {
  const void* data = nullptr;
  size_t lines = 0;  // of 64 bytes
};

/// Kernels read it and its epilogue in place: copies would load many bytes at once of what the driver has just stored
/// few at a time, and wait until that has reached the cache (measured: a fifth of 16^3).
struct GemmI8Strip {
  size_t rows;  // 1 .. mr
  size_t n, k;
  const void* a;
  size_t a_stride_bytes;
  const int8_t* b;
  OutputType output;
  void* c;
  size_t c_stride;                 // in elements of the output type
  const GemmI8Epilogue* epilogue;  // row pointers start at the strip's first row
  GemmI8Ahead ahead[2];
  bool a_signed = false;  // A is int8. kU8, with n of at most flip_columns: to be read as larger by 128
};

struct GemmI8Kernel {
  size_t mr, nr, kr;
  AForm a_form;
  size_t flip_columns;  // kU8: up to so many columns, A may come as int8
  void (*run)(const GemmI8Strip& strip);
};

namespace {

/// How tiles are stored: straight from registers, or by passes over their sums, which any epilogue allows.
enum class TileStore {
  kInt32,
  kFloat32,
  kClippedFloat32,
  kResidualFloat32,
  kFloat16,
  kInt8,
  kUint8,
  kClippedBytes,
  kPasses
};

/// True where no value of the strip, in units of an 8-bit output, can leave int32, even before it is limited, and none
/// on the way there float32: with inverse_scale and row scales in these bounds, values below kMost were below 2^126
/// before.
inline bool units_fit(const GemmI8Strip& s, const GemmI8Epilogue& e) {
  static constexpr float kMost = 0x1p30f, kMostScale = 0x1p96f;
  if (!(e.inverse_scale > 1 / kMostScale)) return false;
  for (size_t r = 0; r < s.rows; ++r) {
    const float scale = e.row_scale[r * e.row_scale_step], size = scale < 0 ? -scale : scale;
    if (!(size < kMostScale && size * e.most_units + e.most_bias_units < kMost)) return false;
  }
  return true;
}

/// How bytes are stored where nothing but a clip precedes them.
inline TileStore choose_byte_store(const GemmI8Strip& s, const GemmI8Epilogue& e) {
  if (!units_fit(s, e)) return TileStore::kPasses;
  const bool is_signed = s.output == OutputType::kInt8;
  const float lowest = static_cast<float>((is_signed ? -128 : 0) - e.zero_point);
  if (e.low != lowest || e.high != lowest + 255) return TileStore::kClippedBytes;
  return is_signed ? TileStore::kInt8 : TileStore::kUint8;
}

/// Chosen once for a strip.
inline TileStore choose_store(const GemmI8Strip& s, const GemmI8Epilogue& e) {
  if (e.row_factor != nullptr || e.column_factor != nullptr) return TileStore::kPasses;
  if (s.output == OutputType::kInt32) return TileStore::kInt32;
  const bool has_residual = e.residual != nullptr;
  const bool plain = !has_residual && e.activation.kind == ActivationKind::kNone;
  if (s.output == OutputType::kFloat32) {
    if (plain) return TileStore::kFloat32;
    if (!has_residual && e.activation.kind == ActivationKind::kClip) return TileStore::kClippedFloat32;
    return e.activation.kind == ActivationKind::kNone ? TileStore::kResidualFloat32 : TileStore::kPasses;
  }
  if (!plain) return TileStore::kPasses;
  return s.output == OutputType::kFloat16 ? TileStore::kFloat16 : choose_byte_store(s, e);
}

}  // namespace

extern const GemmI8Kernel kGemmI8Scalar, kGemmI8Avx2, kGemmI8Avxvnni, kGemmI8Avx512vnni, kGemmI8Amx, kGemmI8Neon,
    kGemmI8Neondot, kGemmI8Neoni8mm;

}  // namespace octavo
