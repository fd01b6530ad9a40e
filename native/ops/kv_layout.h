// Pages of a cache of keys and values as codes: where what lies.
//
// A page holds `page_tokens` tokens of all heads, in four parts one after the other:
//   codes of keys     [kv_heads][page_tokens][key_row_bytes]
//   codes of values   [kv_heads][page_tokens][value_row_bytes]
//   scales of keys    [kv_heads][page_tokens] float16
//   scales of values  [kv_heads][page_tokens] float16
// Rows of codes are planes (kernels/codes/codes.h); the scales are the kCodeSlackBytes after the last of them. A run of
// tokens begins anywhere in the first page and goes on from page to page.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/codes/codes.h"

namespace octavo {

enum class KvSide { kKeys, kValues };

struct KvLayout {
  static constexpr size_t kLeastPageTokens = 16, kMostPageTokens = 65536, kMostHeads = 4096;

  size_t kv_heads, dim, key_bits, value_bits;
  size_t page_tokens;  // a multiple of 16

  size_t row_bytes(KvSide side) const { return code_bytes(side == KvSide::kKeys ? key_bits : value_bits, dim); }
  size_t side_bytes(KvSide side) const { return kv_heads * page_tokens * row_bytes(side); }
  size_t scales_bytes() const { return kv_heads * page_tokens * sizeof(uint16_t); }
  size_t page_bytes() const { return side_bytes(KvSide::kKeys) + side_bytes(KvSide::kValues) + 2 * scales_bytes(); }

  size_t codes_at(KvSide side, size_t head, size_t token) const {
    const size_t part = side == KvSide::kKeys ? 0 : side_bytes(KvSide::kKeys);
    return part + (head * page_tokens + token) * row_bytes(side);
  }
  size_t scales_at(KvSide side, size_t head, size_t token) const {
    const size_t part = side_bytes(KvSide::kKeys) + side_bytes(KvSide::kValues);
    return part + (side == KvSide::kKeys ? 0 : scales_bytes()) + (head * page_tokens + token) * sizeof(uint16_t);
  }
};

/// run(page, token in the page, count, done before) for the pieces of tokens `first` .. `first` + `count` - 1 that lie
/// in one page and are at most `most` tokens.
template <typename Run>
void each_page_piece(const KvLayout& layout, size_t first, size_t count, size_t most, const Run& run) {
  for (size_t done = 0; done < count;) {
    const size_t token = (first + done) % layout.page_tokens;
    const size_t piece = std::min({count - done, layout.page_tokens - token, most});
    run((first + done) / layout.page_tokens, token, piece, done);
    done += piece;
  }
}

}  // namespace octavo
