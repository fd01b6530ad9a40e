// Names that nobody else has and nobody can guess.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace octavo {

/// 128 bits of the system's randomness in hexadecimal: unique in time and over processes.
inline std::string random_id() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::random_device device;
  std::string id;
  while (id.size() < 32)
    for (uint32_t bits = device(), i = 0; i < 8; ++i, bits >>= 4) id += kDigits[bits & 15];
  return id;
}

}  // namespace octavo
