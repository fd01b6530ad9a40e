#include "ops/channel_sketch.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/float_bits.h"

namespace octavo {
namespace {

/// Values that several kernels pass over while the second level cache holds them.
constexpr size_t kBlock = 32 * 1024;
/// Values that are copied at a time where they cannot be taken as they are.
constexpr size_t kCopied = 2048;

/// Bits of a finite magnitude in units of 2^-149.
uint64_t width_of(float magnitude) {
  const uint32_t bits = bits_of(magnitude);
  return bits >= 0x800000 ? (bits >> 23) + 23 : static_cast<uint64_t>(std::bit_width(bits));
}

/// limbs += others, modulo 2^(64 count)
void add_limbs(uint64_t* limbs, const uint64_t* others, size_t count) {
  uint64_t carry = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t part = others[i] + carry, sum = limbs[i] + part;
    carry = (part < carry) | (sum < part);
    limbs[i] = sum;
  }
}

}  // namespace

ChannelSketch::ChannelSketch(uint64_t* words, size_t bins) : words_(words), half_(bins / 2) {
  std::memcpy(&head_, words, sizeof head_);
  if (!has_finite()) head_.min = HUGE_VALF, head_.max = -HUGE_VALF;
}

ChannelSketch::~ChannelSketch() {
  if (!has_finite()) head_.min = head_.max = 0;
  std::memcpy(words_, &head_, sizeof head_);
}

void ChannelSketch::add(const KernelSet& set, const float* x, size_t count) {
  for (size_t i = 0; i < count; i += kBlock) add_block(set, x + i, std::min(kBlock, count - i));
}

void ChannelSketch::add_block(const KernelSet& set, const float* x, size_t count) {
  const MinMax range = set.minmax->uniform(x, count);
  head_.count += count;
  head_.nan_count += range.nan_count;
  head_.infinity_count += range.infinity_count;
  if (range.nan_count + range.infinity_count == 0)
    add_finite(set, x, count, range);
  else
    add_finite_of(set, x, count);
}

/// Of values that are not all finite.
void ChannelSketch::add_finite_of(const KernelSet& set, const float* x, size_t count) {
  float finite[kCopied];
  for (size_t i = 0; i < count;) {
    size_t n = 0;
    for (; i < count && n < kCopied; ++i)
      if (std::isfinite(x[i])) finite[n++] = x[i];
    if (n > 0) add_finite(set, finite, n, set.minmax->uniform(finite, n));
  }
}

void ChannelSketch::add_finite(const KernelSet& set, const float* x, size_t count, const MinMax& range) {
  widen(range.min, range.max);
  const uint64_t width = width_of(std::max(std::fabs(range.min), std::fabs(range.max)));
  grow(width);
  if (head_.width == 0)
    words_[SketchWords::kHead + half_] += count;  // nothing but zeros so far
  else
    add_to_histogram(set, x, count);
  if (width > 0) set.sums->add(x, count, static_cast<int>(width), &head_.sums);
}

void ChannelSketch::add_to_histogram(const KernelSet& set, const float* x, size_t count) {
  // Bins so narrow that a float cannot tell how many fit into 1 are made wider, and the values with them.
  constexpr int kNarrow = 100;
  const int exponent = static_cast<int>(head_.width) - 149, shift = exponent < -kNarrow ? kNarrow : 0;
  const auto half = static_cast<uint32_t>(half_);
  Histogram histogram = {std::ldexp(static_cast<float>(half), -(exponent + shift)), half, words_ + SketchWords::kHead,
                         0, 0};
  if (shift == 0) return set.histogram->add(x, count, &histogram);
  float wider[kCopied];
  for (size_t i = 0; i < count; i += kCopied) {
    const size_t n = std::min(kCopied, count - i);
    for (size_t j = 0; j < n; ++j) wider[j] = std::ldexp(x[i + j], shift);
    set.histogram->add(wider, n, &histogram);
  }
}

void ChannelSketch::merge(const ChannelSketch& other) {
  const SketchHead& from = other.head_;
  grow(from.width);
  // Bins of the narrower histogram go where those of its values lie: floor(floor(v) / 2^shift) = floor(v / 2^shift).
  const uint64_t shift = from.width == 0 ? 0 : std::min<uint64_t>(head_.width - from.width, 63);
  uint64_t* zero = words_ + SketchWords::kHead + half_;
  const uint64_t* from_zero = other.words_ + SketchWords::kHead + half_;
  for (size_t i = 0; i < half_; ++i) {
    zero[i >> shift] += from_zero[i];
    zero[-1 - static_cast<ptrdiff_t>(i >> shift)] += from_zero[-1 - static_cast<ptrdiff_t>(i)];
  }
  widen(from.min, from.max);
  head_.count += from.count;
  head_.nan_count += from.nan_count;
  head_.infinity_count += from.infinity_count;
  add_limbs(head_.sums.sum, from.sums.sum, ExactSums::kSumLimbs);
  add_limbs(head_.sums.squares, from.sums.squares, ExactSums::kSquareLimbs);
}

void ChannelSketch::widen(float min, float max) {
  head_.min = std::min(head_.min, min);
  head_.max = std::max(head_.max, max);
}

/// Doubles the histogram's range until it has `width`.
void ChannelSketch::grow(uint64_t width) {
  if (width <= head_.width) return;
  const uint64_t shift = std::min<uint64_t>(width - head_.width, 63);
  const bool empty = head_.width == 0;  // zeros only, which stay where they are
  head_.width = width;
  if (empty) return;
  uint64_t* zero = words_ + SketchWords::kHead + half_;
  for (size_t i = 1; i < half_; ++i) {
    zero[i >> shift] += std::exchange(zero[i], 0);
    // Bin 0 of the negative half stays in place.
    zero[-1 - static_cast<ptrdiff_t>(i >> shift)] += std::exchange(zero[-1 - static_cast<ptrdiff_t>(i)], 0);
  }
}

}  // namespace octavo
