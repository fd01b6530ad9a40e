// Memory as it is loaded and stored at once.
#pragma once

#include <cstdint>

namespace octavo::device {

/// 16 bytes of integers.
struct alignas(16) Words4 {
  uint32_t words[4];
};

/// 8 bytes of integers.
struct alignas(8) Words2 {
  uint32_t words[2];
};

/// Four neighbouring floats.
struct alignas(16) Floats4 {
  float values[4];
};

}  // namespace octavo::device
