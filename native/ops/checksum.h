// XXH64, the 64-bit hash of the xxHash family with seed 0. It finds damage; it does not withstand forgery.
// Source: the xxHash specification, "XXH64 algorithm description".
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

uint64_t xxh64(const void* data, size_t bytes);

/// The hash of bytes that come in parts.
class Xxh64 {
 public:
  void add(const void* data, size_t bytes);
  uint64_t digest() const;

 private:
  static constexpr size_t kStripeBytes = 32;

  uint64_t lanes_[4] = {0x60EA27EEADC0B5D6, 0xC2B2AE3D27D4EB4F, 0, 0x61C8864E7A143579};
  uint8_t rest_[kStripeBytes] = {};  // of a stripe that is not whole
  uint64_t bytes_ = 0;
};

}  // namespace octavo
