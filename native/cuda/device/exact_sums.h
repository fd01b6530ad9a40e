// Exact sums of values and of their squares (kernels/sums/sums.h), in integers.
//
// A warp adds up what lies in a window of 16 exponents, in registers: a value is its 24-bit mantissa, shifted by at
// most 15 bits, its square 48 bits, shifted by at most 30. Where a value lies beyond the window, what there is so far
// goes to the block's table, which has sums for each place of a window's lowest bit, and the window moves: up to the
// warp's largest value, and down for those that are left.
#pragma once

#include "core/float_bits.h"
#include "cuda/device/observe_operands.h"
#include "cuda/device/simt_instructions.h"

namespace octavo::device {

/// A value in units of 2^-149: mantissa * 2^place.
struct PlacedValue {
  OCTAVO_DEVICE explicit PlacedValue(float x) {
    const uint32_t bits = bits_of(x), exponent = bits >> 23 & 0xFF;
    mantissa = exponent == 0 ? bits & 0x7FFFFF : (bits & 0x7FFFFF) | 0x800000;
    place = exponent == 0 ? 0 : exponent - 1;
    negative = bits >> 31 != 0;
  }
  uint32_t mantissa, place;
  bool negative;
};

class WindowSums {
 public:
  /// `table`: of the block, in shared memory.
  OCTAVO_DEVICE explicit WindowSums(SumLimbs* table) : table_(table) {}

  /// Adds kCount values of each of a warp's threads; those that are 0 or not finite are passed over.
  template <int kCount>
  OCTAVO_DEVICE void add(const float (&x)[kCount]) {
    uint32_t left = 0;
#pragma unroll
    for (int i = 0; i < kCount; ++i) {
      const uint32_t magnitude = bits_of(x[i]) & 0x7FFFFFFF;
      if (magnitude != 0 && magnitude < 0x7F800000) left |= 1u << i;
    }
    while (warp_ballot(left != 0) != 0) {
      move_to(warp_max(largest_exponent(x, left)));
#pragma unroll
      for (int i = 0; i < kCount; ++i)
        if ((left >> i & 1) != 0 && add_if_inside(PlacedValue(x[i]))) left &= ~(1u << i);
    }
  }

  /// Gives what is left to the table.
  OCTAVO_DEVICE void flush() {
    // No carry is lost: a thread adds fewer than 2^17 values of 2^39 and squares of 2^78 (the memory of a GPU has no
    // more for each), and a warp has 32 threads.
    uint64_t total = warp_sum(static_cast<uint64_t>(sum_));
    uint64_t first = warp_sum(squares_ & 0xFFFFFFFF), second = warp_sum(squares_ >> 32);
    uint64_t third = warp_sum(uint64_t{squares_above_});
    sum_ = 0;
    squares_ = 0;
    squares_above_ = 0;
    if (threadIdx.x % 32 != 0) return;
    second += first >> 32;
    third += second >> 32;
    SumLimbs& limbs = table_[base_];
    atomic_add(&limbs.sum[0], total & 0xFFFFFFFF);
    atomic_add(&limbs.sum[1], static_cast<uint64_t>(static_cast<int64_t>(total) >> 32));
    atomic_add(&limbs.squares[0], first & 0xFFFFFFFF);
    atomic_add(&limbs.squares[1], second & 0xFFFFFFFF);
    atomic_add(&limbs.squares[2], third);
  }

 private:
  /// Of the values in the mask, which are finite; at least 1, as subnormal values have it.
  template <int kCount>
  static OCTAVO_DEVICE uint32_t largest_exponent(const float (&x)[kCount], uint32_t mask) {
    uint32_t largest = 0x800000;
#pragma unroll
    for (int i = 0; i < kCount; ++i) {
      const uint32_t magnitude = bits_of(x[i]) & 0x7FFFFFFF;
      if ((mask >> i & 1) != 0 && magnitude > largest) largest = magnitude;
    }
    return largest >> 23;
  }

  /// Moves the window so that it holds the exponent, if it does not.
  OCTAVO_DEVICE void move_to(uint32_t exponent) {
    const uint32_t place = exponent - 1;
    if (place - base_ < kSumWindow) return;
    flush();
    base_ = place < kSumWindow ? 0 : place - (kSumWindow - 1);
  }

  OCTAVO_DEVICE bool add_if_inside(const PlacedValue& value) {
    const uint32_t shift = value.place - base_;
    if (shift >= kSumWindow) return false;
    const auto shifted = static_cast<int64_t>(uint64_t{value.mantissa} << shift);
    sum_ += value.negative ? -shifted : shifted;
    const uint64_t square = uint64_t{value.mantissa} * value.mantissa, low = square << 2 * shift;
    squares_ += low;
    squares_above_ += static_cast<uint32_t>(square >> 34 >> (30 - 2 * shift)) + (squares_ < low ? 1 : 0);
    return true;
  }

  SumLimbs* table_;
  uint32_t base_ = 0;  // the place of the window's lowest bit
  int64_t sum_ = 0;
  uint64_t squares_ = 0;
  uint32_t squares_above_ = 0;  // of 2^64
};

}  // namespace octavo::device
