// The definition of attention's pieces, and the ends of rows that the vector kernels leave to it.
#pragma once

#include "core/float_bits.h"
#include "core/fused_multiply_add.h"
#include "kernels/activation/activation_scalar.h"
#include "kernels/attention/attention.h"

namespace octavo {
namespace {

constexpr size_t kAttentionLanes = 16;

inline float widened(float value) { return value; }
inline float widened(uint16_t half) { return from_float16(half); }

/// Adds lanes l and l + 8, then l and l + 4, l + 2, l + 1.
inline float sum_of_lanes(float* lanes) {
  for (size_t half = kAttentionLanes / 2; half > 0; half /= 2)
    for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  return lanes[0];
}

template <typename T>
inline void dots_of_rows(const AttentionRows<T>& rows, const float* query, float* out) {
  for (size_t i = 0; i < rows.rows; ++i) {
    const T* row = rows.data + i * rows.stride;
    float lanes[kAttentionLanes] = {};
    for (size_t j = 0; j < rows.dim; ++j) {
      float& lane = lanes[j % kAttentionLanes];
      lane = fused_multiply_add(query[j], widened(row[j]), lane);
    }
    out[i] = sum_of_lanes(lanes);
  }
}

/// Coordinates `first` .. dim - 1.
template <typename T>
inline void sums_of_rows(const AttentionRows<T>& rows, const float* weights, float* acc, size_t first) {
  if (first == rows.dim) return;
  for (size_t i = 0; i < rows.rows; ++i) {
    const T* row = rows.data + i * rows.stride;
    for (size_t j = first; j < rows.dim; ++j) acc[j] = fused_multiply_add(weights[i], widened(row[j]), acc[j]);
  }
}

/// e^-distance for a distance of at least 0.
template <typename F>
inline F exp_of_distance(F distance) {
  return exp_negated(lower_to(ActivationNumbers::kHighest, distance));
}

/// From index `first` on.
inline void exponentials_from(const float* logits, size_t first, size_t count, float max, float* weights, float* sums) {
  for (size_t i = first; i < count; ++i) {
    weights[i] = exp_of_distance(max - logits[i]);
    sums[i % kAttentionLanes] += weights[i];
  }
}

}  // namespace
}  // namespace octavo
