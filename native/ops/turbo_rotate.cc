#include "ops/turbo_rotate.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <string>

#include "core/sizes.h"
#include "core/split_mix.h"
#include "ops/row_groups.h"
#include "ops/scratch.h"

namespace octavo {
namespace {

constexpr size_t kDefaultRounds = 2, kMostRounds = 4, kPermutedRounds = 4;
constexpr uint32_t kSignBit = 0x80000000;
/// Rows that go through all rounds together: what stays in the first level cache.
constexpr size_t kGroupValues = 4096;

std::vector<uint32_t> draw_signs(size_t dim, SplitMix64& stream) {
  std::vector<uint32_t> signs(dim);
  uint64_t word = 0;
  for (size_t i = 0; i < dim; ++i) {
    if (i % 64 == 0) word = stream.next();
    signs[i] = (word >> i % 64 & 1) != 0 ? kSignBit : 0;
  }
  return signs;
}

std::vector<uint16_t> draw_permutation(size_t dim, SplitMix64& stream) {
  std::vector<uint16_t> permutation(dim);
  std::iota(permutation.begin(), permutation.end(), uint16_t{0});
  for (size_t i = dim - 1; i > 0; --i) std::swap(permutation[i], permutation[(stream.next() >> 32) * (i + 1) >> 32]);
  return permutation;
}

Status no_memory() { return Status::error(Code::kNative, "no memory for rotated vectors"); }

}  // namespace

Status TurboRotation::make(size_t dim, uint64_t seed, size_t rounds, TurboRotation* rotation) {
  if (dim < kLeastTurboDim || dim > kMostTurboDim)
    return Status::error(Code::kRange, "dim must be from " + std::to_string(kLeastTurboDim) + " to " +
                                           std::to_string(kMostTurboDim) + ", got " + std::to_string(dim));
  const bool permuted = !std::has_single_bit(dim);
  if (rounds > kMostRounds || (permuted && rounds != 0))
    return Status::error(Code::kRange, "rounds must be 0 for the default or, for powers of two, from 1 to 4, got " +
                                           std::to_string(rounds));
  if (rounds == 0) rounds = permuted ? kPermutedRounds : kDefaultRounds;
  rotation->dim_ = dim;
  rotation->seed_ = seed;
  rotation->chunks_.clear();
  for (size_t rest = dim; rest > 0; rest -= std::bit_floor(rest)) rotation->chunks_.push_back(std::bit_floor(rest));
  rotation->signs_.resize(rounds);
  rotation->permutations_.resize(rounds);
  for (size_t r = 0; r < rounds; ++r) {
    SplitMix64 stream(seed + r);
    rotation->signs_[r] = draw_signs(dim, stream);
    if (permuted && r > 0) rotation->permutations_[r] = draw_permutation(dim, stream);
  }
  return {};
}

size_t TurboRotation::size_bytes() const {
  size_t bytes = chunks_.size() * sizeof(size_t);
  for (const auto& signs : signs_) bytes += signs.size() * sizeof(uint32_t);
  for (const auto& permutation : permutations_) bytes += permutation.size() * sizeof(uint16_t);
  return bytes;
}

void TurboRotation::run_round(const KernelSet& set, Direction direction, const HadamardRows& rows, size_t round,
                              const float* row_scale) const {
  size_t at = 0;
  for (const size_t chunk : chunks_) {
    const auto factor = static_cast<float>(1 / std::sqrt(static_cast<double>(chunk)));
    const HadamardRows part = {rows.x + at, rows.x_stride, rows.y + at, rows.y_stride, rows.rows, chunk};
    const HadamardRound how = {signs_[round].data() + at, factor, row_scale};
    (direction == Direction::kForward ? set.hadamard->forward : set.hadamard->backward)(part, how);
    at += chunk;
  }
}

void TurboRotation::forward_group(const KernelSet& set, HadamardRows rows, const float* row_scale,
                                  float* permuted) const {
  run_round(set, Direction::kForward, rows, 0, row_scale);
  for (size_t r = 1; r < rounds(); ++r) {
    rows.x = rows.y, rows.x_stride = rows.y_stride;
    if (permuted != nullptr) {
      for (size_t row = 0; row < rows.rows; ++row)
        for (size_t i = 0; i < dim_; ++i) permuted[row * dim_ + i] = rows.y[row * rows.y_stride + permutations_[r][i]];
      rows.x = permuted, rows.x_stride = dim_;
    }
    run_round(set, Direction::kForward, rows, r, nullptr);
  }
}

void TurboRotation::backward_group(const KernelSet& set, HadamardRows rows, const float* row_scale,
                                   float* permuted) const {
  for (size_t r = rounds() - 1; r > 0; --r) {
    HadamardRows to = rows;
    if (permuted != nullptr) to.y = permuted, to.y_stride = dim_;
    run_round(set, Direction::kBackward, to, r, nullptr);
    if (permuted != nullptr)
      for (size_t row = 0; row < rows.rows; ++row)
        for (size_t i = 0; i < dim_; ++i) rows.y[row * rows.y_stride + permutations_[r][i]] = permuted[row * dim_ + i];
    rows.x = rows.y, rows.x_stride = rows.y_stride;
  }
  run_round(set, Direction::kBackward, rows, 0, row_scale);
}

Status TurboRotation::in_groups(const KernelSet& set, Direction direction, const VectorRows<const float>& x,
                                const VectorRows<float>& y, const float* row_scale) const {
  const size_t group = std::max<size_t>(1, kGroupValues / dim_);
  float* permuted = nullptr;
  if (chunks_.size() > 1) {
    permuted = static_cast<float*>(scratch(ScratchSlot::kPermutedRows, group * dim_ * sizeof(float)));
    if (permuted == nullptr) return no_memory();
  }
  for (size_t row = 0; row < x.rows; row += group) {
    const HadamardRows rows = {x.first + row * x.stride,      x.stride, y.first + row * y.stride, y.stride,
                               std::min(group, x.rows - row), dim_};
    const float* scale = row_scale == nullptr ? nullptr : row_scale + row;
    if (direction == Direction::kForward)
      forward_group(set, rows, scale, permuted);
    else
      backward_group(set, rows, scale, permuted);
  }
  return {};
}

Status TurboRotation::forward(const KernelSet& set, const VectorRows<const float>& x, const VectorRows<float>& y,
                              const float* row_scale) const {
  return in_groups(set, Direction::kForward, x, y, row_scale);
}

Status TurboRotation::backward(const KernelSet& set, const VectorRows<const float>& x, const VectorRows<float>& y,
                               const float* row_scale) const {
  return in_groups(set, Direction::kBackward, x, y, row_scale);
}

Status rotate_rows(const KernelSet& set, const TurboRotation& rotation, const VectorRows<const float>& x,
                   const VectorRows<float>& y) {
  return for_row_groups(x.rows, rotation.dim(), [&](size_t from, size_t rows) {
    return rotation.forward(set, x.part(from, rows), y.part(from, rows));
  });
}

Status rotate_rows_back(const KernelSet& set, const TurboRotation& rotation, const VectorRows<const float>& x,
                        const VectorRows<float>& y) {
  return for_row_groups(x.rows, rotation.dim(), [&](size_t from, size_t rows) {
    return rotation.backward(set, x.part(from, rows), y.part(from, rows));
  });
}

}  // namespace octavo
