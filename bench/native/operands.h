// The operands of one product, C[m,n] = A[m,k] · B[k,n], the same in every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace octavo::bench {

enum class GemmType { kU8S8, kS8S8, kFloat32 };

struct Operands {
  GemmType type;
  size_t m, n, k;
  std::vector<uint8_t> a8;  // int8 or uint8 bits as `type` says; full range
  std::vector<int8_t> b8;
  std::vector<float> a32, b32;  // in [-1, 1)
};

inline Operands make_operands(GemmType type, size_t m, size_t n, size_t k) {
  Operands operands = {type, m, n, k, {}, {}, {}, {}};
  std::minstd_rand random(1);
  if (type == GemmType::kFloat32) {
    std::uniform_real_distribution<float> real(-1, 1);
    for (size_t i = 0; i < m * k; ++i) operands.a32.push_back(real(random));
    for (size_t i = 0; i < k * n; ++i) operands.b32.push_back(real(random));
  } else {
    for (size_t i = 0; i < m * k; ++i) operands.a8.push_back(static_cast<uint8_t>(random() >> 8));
    for (size_t i = 0; i < k * n; ++i) operands.b8.push_back(static_cast<int8_t>(random() >> 8));
  }
  return operands;
}

}  // namespace octavo::bench
