// native/cuda/device/memory_instructions.h on the host: blocks run one after another.
#pragma once

#include <chrono>

namespace octavo::device {

inline void add_to_memory(uint32_t* to, uint32_t value) { *to += value; }
inline uint32_t count_in_memory(uint32_t* to, uint32_t value) {
  const uint32_t before = *to;
  *to += value;
  return before;
}
inline uint32_t read_from_memory(const uint32_t* from) { return *from; }
inline void fence_memory() {}

inline uint64_t nanoseconds() {
  return static_cast<uint64_t>(std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

}  // namespace octavo::device
