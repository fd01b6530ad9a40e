// What becomes of a GEMM's sums: the epilogue of kernels/gemm_i8/gemm_i8.h by its scalar definition, so that a GPU
// gives the CPU's bytes; 16 bytes of C at a time.
#pragma once

#include "cuda/device/conversions.h"
#include "cuda/device/tile_values.h"
#include "cuda/device/vector_access.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_scalar.h"

namespace octavo::device {

/// Finishes and stores chunks of a row: as many neighbours as 16 bytes of C have. Where kHeldColumns is not 0, there is
/// a quicker way for what needs little more than scales, which keeps what it reads of up to so many columns in
/// registers.
template <OutputType kOutput, typename Values, int kHeldColumns = 0>
class ChunkStore {
 public:
  static constexpr int kBytes = static_cast<int>(element_bytes(kOutput)), kCount = 16 / kBytes;
  static constexpr int kHeld = kCount <= kHeldColumns ? kCount / 4 : 0;  // parts of four columns

  OCTAVO_DEVICE ChunkStore(const GemmI8Result& result, const Values& values, const TilePlace& place)
      : result_(result), values_(values), place_(place) {
    const GemmI8Epilogue& e = result.epilogue;
    wide_ = rows_are_wide(result.c, result.c_stride * kBytes);
    wide_residual_ = rows_are_wide(e.residual, e.residual_stride * 4);
    simple_ = !has_products() && (kOutput == OutputType::kInt32 || e.activation.kind == ActivationKind::kNone ||
                                  e.activation.kind == ActivationKind::kClip);
  }

  /// What a chunk's columns have in common with those of the rows below it.
  struct Columns {
    int first;  // of the tile
    ColumnValues parts[kHeld > 0 ? kHeld : 1];
  };
  OCTAVO_DEVICE Columns columns(int first) const {
    Columns columns;
    columns.first = first;
#pragma unroll
    for (int part = 0; part < kHeld; ++part) columns.parts[part] = column_values(values_, first + 4 * part);
    return columns;
  }

  /// True where only a clip is between sums and output: to be asked before a loop over rows, whose body is then small.
  OCTAVO_DEVICE bool simple() const { return kHeldColumns > 0 && simple_; }

  /// The chunk at this row of the tile, within C or not. load(i): its sums 4 i .. 4 i + 3.
  template <bool kSimple, typename Load>
  OCTAVO_DEVICE void store(int row, const Columns& columns, Load&& load) const {
    const Chunk at{row, place_.row + static_cast<size_t>(row), place_.column + static_cast<size_t>(columns.first)};
    if (at.r >= place_.m || at.j >= place_.n) return;
    const size_t there = place_.n - at.j;
    const int count = there < kCount ? static_cast<int>(there) : kCount;
    Words4 values;
    if constexpr (kSimple)
      values = finish_simple(at, count, columns, load);
    else
      values = finish_any(at, count, columns.first, load);
    uint8_t* const to = static_cast<uint8_t*>(result_.c) + (at.r * result_.c_stride + at.j) * kBytes;
    if (wide_ && count == kCount)
      *reinterpret_cast<Words4*>(to) = values;
    else
      store_elements<kBytes>(to, values, count);
  }

 private:
  struct Chunk {
    int row;      // of the tile
    size_t r, j;  // of C
  };

  /// All of the chunk's values side by side.
  template <typename Load>
  OCTAVO_DEVICE Words4 finish_simple(const Chunk& at, int count, const Columns& columns, Load&& load) const {
    const GemmI8Epilogue& e = result_.epilogue;
    Words4 out;
    if constexpr (kOutput == OutputType::kInt32) {
      out = load(0);
#pragma unroll
      for (int i = 0; i < 4; ++i) out.words[i] += values_.column_term[columns.first + i];
    } else {
      float f[kCount];
#pragma unroll
      for (int part = 0; part < kCount / 4; ++part) {
        const bool held = part < kHeld;
        scale(at.row, held ? columns.parts[part] : column_values(values_, columns.first + 4 * part), load(part),
              f + 4 * part);
      }
      if (e.residual) {
#pragma unroll
        for (int part = 0; part < kCount / 4; ++part) add_residual(at, 4 * part, count, f + 4 * part);
      }
      if (e.activation.kind == ActivationKind::kClip) {
#pragma unroll
        for (int i = 0; i < kCount; ++i) f[i] = clip(e.activation.low, e.activation.high, f[i]);
      }
#pragma unroll
      for (int part = 0; part < kCount / 4; ++part) encode(f + 4 * part, out.words + part * kBytes);
    }
    return out;
  }

  /// Four values at a time, so that the activation functions' code is there once.
  template <typename Load>
  OCTAVO_DEVICE Words4 finish_any(const Chunk& at, int count, int first, Load&& load) const {
    const GemmI8Epilogue& e = result_.epilogue;
    Words4 out = {};
#pragma unroll 1
    for (int part = 0; part < kCount / 4; ++part) {
      Words4 sums = load(part);
      const ColumnValues columns = column_values(values_, first + 4 * part);
      if (has_products()) add_products(at, 4 * part, count, sums);
      uint32_t words[kBytes];
      if constexpr (kOutput == OutputType::kInt32) {
#pragma unroll
        for (int i = 0; i < 4; ++i) words[i] = sums.words[i] + columns.term.words[i];
      } else {
        float f[4];
        scale(at.row, columns, sums, f);
        if (e.residual) add_residual(at, 4 * part, count, f);
        with_activation<float>(e.activation, [&](auto&& function) {
#pragma unroll
          for (int i = 0; i < 4; ++i) f[i] = function(f[i]);
        });
        encode(f, words);
      }
      // The part's words come in at the end: after the last part, the first are at the start.
#pragma unroll
      for (int i = 0; i + kBytes < 4; ++i) out.words[i] = out.words[i + kBytes];
#pragma unroll
      for (int i = 0; i < kBytes; ++i) out.words[4 - kBytes + i] = words[i];
    }
    return out;
  }

  OCTAVO_DEVICE void scale(int row, const ColumnValues& columns, const Words4& sums, float* f) const {
    const float row_scale = values_.row_scale[row];
#pragma unroll
    for (int i = 0; i < 4; ++i)
      f[i] = scaled_scalar(sums.words[i] + columns.term.words[i], row_scale, float_of_bits(columns.scale.words[i])) +
             float_of_bits(columns.bias.words[i]);
  }

  OCTAVO_DEVICE bool has_products() const { return result_.epilogue.row_factor || result_.epilogue.column_factor; }

  /// Four values' terms that are products, of those that C has.
  OCTAVO_DEVICE void add_products(const Chunk& at, int first, int count, Words4& sums) const {
    GemmI8Epilogue products = result_.epilogue;
    products.column_term = nullptr;
#pragma unroll
    for (int i = 0; i < 4; ++i)
      if (first + i < count)
        sums.words[i] = with_terms_scalar(products, at.r, at.j + static_cast<size_t>(first + i), sums.words[i]);
  }

  OCTAVO_DEVICE void add_residual(const Chunk& at, int first, int count, float* f) const {
    const GemmI8Epilogue& e = result_.epilogue;
    const float* const from = e.residual + at.r * e.residual_stride + at.j + static_cast<size_t>(first);
    float residual[4] = {};
    if (wide_residual_ && count == kCount) {
      const Words4 words = *reinterpret_cast<const Words4*>(from);
#pragma unroll
      for (int i = 0; i < 4; ++i) residual[i] = float_of_bits(words.words[i]);
    } else {
#pragma unroll
      for (int i = 0; i < 4; ++i)
        if (first + i < count) residual[i] = from[i];
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) f[i] += residual[i];
  }

  /// Four values as kBytes words.
  OCTAVO_DEVICE void encode(const float* f, uint32_t* words) const {
    if constexpr (kOutput == OutputType::kFloat32) {
#pragma unroll
      for (int i = 0; i < 4; ++i) words[i] = bits_of(f[i]);
    } else if constexpr (kOutput == OutputType::kFloat16) {
      words[0] = float16_pair(f[0], f[1]);
      words[1] = float16_pair(f[2], f[3]);
    } else {
      const GemmI8Epilogue& e = result_.epilogue;
      uint32_t word = 0;
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const auto q = static_cast<uint32_t>(nearest_integer(limited_scalar(e, f[i])) + e.zero_point);
        word |= (q & 0xFF) << 8 * i;
      }
      words[0] = word;
    }
  }

  const GemmI8Result& result_;
  const Values& values_;
  const TilePlace place_;
  bool wide_, wide_residual_, simple_;
};

}  // namespace octavo::device
