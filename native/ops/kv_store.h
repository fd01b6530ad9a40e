// Keys and values into a cache: as float16 rows, or as codes in pages.
#pragma once

#include "ops/kv_layout.h"
#include "ops/turbo_encode.h"

namespace octavo {

/// Keys or values of `tokens` tokens: vector (token, head) begins at data + token * token_stride + head * head_stride.
template <typename T>
struct KvVectors {
  T* data;
  size_t token_stride, head_stride, tokens;
};

/// What a key becomes before it is stored: (key - mean) / balance, each [kv_heads, dim] or null for none.
struct KvTransform {
  const float* mean = nullptr;
  const float* balance = nullptr;
};

struct KvPages {
  KvLayout layout;
  uint8_t* const* pages;
  size_t first;  // the token, counted from the start of the first page, that the first vector goes to
};

/// Encodes vectors into pages: keys with the scale that keeps their norms, values with that of the least error, both
/// scales as float16. kRange, naming the token, for what is not finite or too large; pages then hold anything there.
Status store_codes(const KernelSet& set, const TurboRotation& rotation, const KvVectors<const float>& from,
                   const KvTransform& transform, KvSide side, const KvPages& to);

/// As float16, the mean subtracted first, the balance not read. kRange beyond float16.
Status store_halves(const KvVectors<const float>& from, const KvTransform& transform, size_t kv_heads, size_t dim,
                    const KvVectors<uint16_t>& to);

/// Float16 vectors as float32.
void widen_vectors(const KernelSet& set, const KvVectors<const uint16_t>& from, size_t kv_heads, size_t dim,
                   const KvVectors<float>& to);

}  // namespace octavo
