// Softmax over rows that come block by block, as attention needs it: weights relative to the largest logit so far.
//
// Source: M. Milakov, N. Gimelshein, "Online normalizer calculation for softmax" (arXiv 1805.02867).
#pragma once

#include <cmath>
#include <cstddef>

#include "kernels/attention/attention.h"

namespace octavo {

/// One query's softmax. Weighted sums that a caller keeps are relative to `max` as well: take() says what they are to
/// be multiplied by first.
struct OnlineSoftmax {
  float max = -INFINITY;
  float sums[16] = {};  // of the weights, in the lanes of kernels/attention/attention.h

  /// The weights of `count` more logits; returns the factor of everything that was summed up before, 1 as long as the
  /// largest logit stays.
  float take(const AttentionKernel& kernel, const float* logits, size_t count, float* weights) {
    const float larger = kernel.largest(logits, count);
    float factor = 1;
    if (larger > max) {
      float ignored[16] = {};
      kernel.exponentials(&max, 1, larger, &factor, ignored);
      for (float& sum : sums) sum *= factor;
      max = larger;
    }
    kernel.exponentials(logits, count, max, weights, sums);
    return factor;
  }

  /// The sum of all weights: lanes l and l + 8 are added, l and l + 4, l and l + 2, l and l + 1.
  float total() const {
    float lanes[16];
    for (size_t l = 0; l < 16; ++l) lanes[l] = sums[l];
    for (size_t half = 8; half > 0; half /= 2)
      for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
    return lanes[0];
  }
};

inline void multiply_all(float* values, size_t count, float factor) {
  if (factor == 1) return;
  for (size_t i = 0; i < count; ++i) values[i] *= factor;
}

/// How many of the rows `first` .. `first` + `count` - 1 query `index` of `queries` sees where `rows` are there: all,
/// or with a causal mask those up to its own, the last query's being the last row.
struct AttentionMask {
  size_t queries, rows;
  bool causal;

  size_t visible(size_t index, size_t first, size_t count) const {
    const size_t end = causal ? rows - (queries - 1 - index) : rows;
    return end <= first ? 0 : end - first < count ? end - first : count;
  }
};

}  // namespace octavo
