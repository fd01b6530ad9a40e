// Peak of plain C++: independent multiply-add chains. The barrier keeps the compiler from folding or vectorizing them.
#include <cmath>
#include <cstring>

#include "kernels/peak/peak.h"

namespace octavo {
namespace {

constexpr int kChains = 8;

template <typename T>
inline void keep(T& value) {
#if defined(__GNUC__) || defined(__clang__)
  asm volatile("" : "+m"(value));
#else
  volatile T copy = value;
  value = copy;
#endif
}

template <typename T>
double multiply_add_chains(size_t iterations) {
  T acc[kChains] = {};
  T factor = 3, summand = 1;
  keep(factor);
  keep(summand);
  for (size_t i = 0; i < iterations; ++i)
    for (T& chain : acc) chain = static_cast<T>(chain * factor + summand);
  for (T& chain : acc) keep(chain);
  return 2.0 * kChains * static_cast<double>(iterations);
}

uint64_t read_bytes(const uint8_t* source, size_t bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i + 8 <= bytes; i += 8) {
    uint64_t word;
    std::memcpy(&word, source + i, sizeof word);
    sum += word;
  }
  return sum;
}

}  // namespace

const PeakKernel kPeakScalar = {multiply_add_chains<uint32_t>, multiply_add_chains<float>, read_bytes};

}  // namespace octavo
