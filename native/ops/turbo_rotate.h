// Seeded rotations of float32 vectors: orthonormal, the same bits on every kernel set and with any number of threads.
//
// dim a power of two    `rounds` rounds r = 0, 1, ..., 2 unless asked for otherwise: signs of stream seed + r, then the
//                       Hadamard transform. y = H S1 H S0 x.
// other dims            dim is cut into chunks, descending powers of two (1000 = 512 + 256 + 128 + 64 + 32 + 8). Four
//                       rounds r = 0 .. 3: from r = 1 on a permutation, then signs, then the transform of each chunk.
// Stream                SplitMix64 of seed + r modulo 2^64. Word w has the signs of coordinates 64 w .. 64 w + 63, its
//                       lowest bit first; 1 changes the sign. The words after these permute: for i = dim - 1, ..., 1,
//                       j = (word >> 32) * (i + 1) >> 32, and entries i and j of p change places, which begins as
//                       0, 1, 2, ... After the permutation coordinate i is the former p[i].
// Rounding              kernels/hadamard/hadamard.h has the order of additions; the factor is 1 / sqrt(chunk), taken in
//                       double and rounded to float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/status.h"
#include "kernels/kernels.h"

namespace octavo {

constexpr size_t kLeastTurboDim = 8, kMostTurboDim = 16384;

/// Rows of float32 vectors of the rotation's dim.
template <typename T>
struct VectorRows {
  T* first;
  size_t stride;  // elements from a row to the next
  size_t rows;

  VectorRows part(size_t from, size_t count) const { return {first + from * stride, stride, count}; }
};

class TurboRotation {
 public:
  TurboRotation() = default;
  /// kRange unless dim is kLeastTurboDim .. kMostTurboDim and rounds is 0, which stands for the default, or, for powers
  /// of two only, 1 to 4.
  static Status make(size_t dim, uint64_t seed, size_t rounds, TurboRotation* rotation);

  size_t dim() const { return dim_; }
  uint64_t seed() const { return seed_; }
  size_t rounds() const { return signs_.size(); }
  size_t size_bytes() const;

  /// y = R (row_scale x) for each row, on the calling thread. row_scale [rows] or null. y does not overlap x, or is x
  /// with its stride. kNative when there is no memory.
  Status forward(const KernelSet& set, const VectorRows<const float>& x, const VectorRows<float>& y,
                 const float* row_scale = nullptr) const;
  /// y = row_scale (R^T x) likewise.
  Status backward(const KernelSet& set, const VectorRows<const float>& x, const VectorRows<float>& y,
                  const float* row_scale = nullptr) const;

 private:
  enum class Direction { kForward, kBackward };

  Status in_groups(const KernelSet& set, Direction direction, const VectorRows<const float>& x,
                   const VectorRows<float>& y, const float* row_scale) const;
  void forward_group(const KernelSet& set, HadamardRows rows, const float* row_scale, float* permuted) const;
  void backward_group(const KernelSet& set, HadamardRows rows, const float* row_scale, float* permuted) const;
  void run_round(const KernelSet& set, Direction direction, const HadamardRows& rows, size_t round,
                 const float* row_scale) const;

  size_t dim_ = 0;
  uint64_t seed_ = 0;
  std::vector<size_t> chunks_;
  std::vector<std::vector<uint32_t>> signs_;         // [rounds][dim]
  std::vector<std::vector<uint16_t>> permutations_;  // [rounds][dim], the first one empty; of powers of two all
};

/// rotation.forward of many rows, shared among the pool's threads.
Status rotate_rows(const KernelSet& set, const TurboRotation& rotation, const VectorRows<const float>& x,
                   const VectorRows<float>& y);
/// rotation.backward of many rows, likewise.
Status rotate_rows_back(const KernelSet& set, const TurboRotation& rotation, const VectorRows<const float>& x,
                        const VectorRows<float>& y);

}  // namespace octavo
