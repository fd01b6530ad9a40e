// Quantization where a product with a scale's inverse could round differently from the quotient, and rows of columns.
#include <doctest/doctest.h>

#include "dispatch/dispatch.h"
#include "guarded_buffer.h"
#include "random_values.h"
#include "same_bits.h"
#include "test_options.h"

using namespace octavo;
using namespace octavo_test;

namespace {

constexpr QuantizeRange kRanges[] = {{-128, 127}, {0, 255}, {-127, 127}};

/// Scales of every kind: ordinary, powers of two, subnormal, with an inverse that overflows or is subnormal.
constexpr float kScales[] = {0.0075f,  0.1f,    1.0f / 3, 1.0f,   3.0f,    0x1p-7f,   0x1.fffffep-1f, 0x1.000002p0f,
                             0x1p-99f, 1e-30f,  1e-38f,   1e-40f, 1e-45f,  0x1p-100f, 0x1p100f,       1e30f,
                             1e38f,    3.4e38f, 7e-31f,   8e-31f, 1.2e30f, 1.3e30f};

/// About half of the values: a tie of their scale and its neighbours; the others lie anywhere in the range and beyond.
std::vector<float> near_ties(Generator& random, const std::vector<float>& scales) {
  std::vector<float> values(scales.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const float tie = (static_cast<float>(random() % 560) - 280.0f + 0.5f) * scales[i];
    const float beside = std::nextafter(tie, random() % 2 ? INFINITY : -INFINITY);
    const float any = float_values(random, 1, -300, 300)[0] * scales[i];
    const float choices[] = {tie, beside, any, any};
    values[i] = choices[random() % 4];
  }
  return values;
}

/// As near_ties, but few of them: most groups of values have none.
std::vector<float> rare_ties(Generator& random, const std::vector<float>& scales) {
  std::vector<float> values = near_ties(random, scales);
  for (size_t i = 0; i < values.size(); ++i)
    if (random() % 100 != 0) values[i] = float_values(random, 1, -300, 300)[0] * scales[i];
  return values;
}

std::vector<float> any_scales(Generator& random, size_t count) {
  std::vector<float> scales = float_values(random, count, 1e-3f, 3);
  for (float& scale : scales)
    if (random() % 64 == 0) scale = kScales[random() % std::size(kScales)];
  return scales;
}

}  // namespace

TEST_CASE("quotients near ties round as the scalar definition on every kernel set, whatever the scale") {
  for (const KernelSet* set : available_kernel_sets())
    for (const float scale : kScales)
      for (const QuantizeRange range : kRanges)
        for (const bool rare : {false, true}) {
          CAPTURE(set->name);
          CAPTURE(scale);
          CAPTURE(range.low);
          CAPTURE(rare);
          Generator random(7);
          const std::vector<float> scales(full_or(3000, 500), scale);
          const std::vector<float> x = rare ? rare_ties(random, scales) : near_ties(random, scales);
          const int32_t zero = int_values(random, 1, range.low, range.high)[0];
          std::vector<uint8_t> q(x.size()), expected(x.size());
          set->quantize->uniform(x.data(), q.data(), x.size(), {scale, zero, range});
          kQuantizeScalar.uniform(x.data(), expected.data(), x.size(), {scale, zero, range});
          check_same(q.data(), expected.data(), q.size());
        }
}

TEST_CASE("every float near a tie rounds as the scalar definition") {
  // A scale whose inverse is rounded by almost half a unit: products differ from quotients most often.
  const float scale = 0x1.6a09e4p-8f;
  for (const KernelSet* set : available_kernel_sets()) {
    CAPTURE(set->name);
    std::vector<float> x;
    for (int step = -129; step <= 129; ++step) {
      float value = (static_cast<float>(step) + 0.5f) * scale;
      for (int i = 0; i < 16; ++i) value = std::nextafter(value, -INFINITY);
      for (int i = 0; i < 32; ++i) x.push_back(value = std::nextafter(value, INFINITY));
    }
    std::vector<uint8_t> q(x.size()), expected(x.size());
    set->quantize->uniform(x.data(), q.data(), x.size(), {scale, 0, kRanges[0]});
    kQuantizeScalar.uniform(x.data(), expected.data(), x.size(), {scale, 0, kRanges[0]});
    check_same(q.data(), expected.data(), q.size());
  }
}

TEST_CASE("results are stored past the caches at any distance from a cache line, and nothing else is touched") {
  GuardedBuffer x_memory(1 << 13), q_memory(1 << 12);
  Generator random(11);
  for (const KernelSet* set : available_kernel_sets())
    for (const size_t count : {0, 1, 15, 64, 127, 128, 191, 192, 256, 300, 1000})
      for (size_t shift = 0; shift < 64; ++shift) {
        CAPTURE(set->name);
        CAPTURE(count);
        CAPTURE(shift);
        const QuantizeRange range = kRanges[shift % 2];
        const std::vector<float> values = rare_ties(random, std::vector<float>(count + shift % 16, 0.02f));
        const float* x = x_memory.place(values, shift % 3 ? Side::kStart : Side::kEnd) + shift % 16;
        const std::vector<uint8_t> canaries(count + 2 * shift, 0x5A);
        uint8_t* q = q_memory.place(canaries, shift % 5 ? Side::kStart : Side::kEnd);
        std::vector<uint8_t> expected = canaries;
        set->quantize->uniform(x, q + shift, count, {0.02f, 7, range, true});
        kQuantizeScalar.uniform(x, expected.data() + shift, count, {0.02f, 7, range, true});
        check_same(q, expected.data(), expected.size());
      }
}

TEST_CASE("rows of columns give the scalar bytes on every kernel set and touch nothing else") {
  GuardedBuffer x_memory(1 << 16), q_memory(1 << 14), scale_memory(1 << 14), zero_memory(1 << 14);
  for (const KernelSet* set : available_kernel_sets())
    for (const size_t columns : {1, 2, 3, 5, 16, 31, 63, 64, 65, 100, 200, 256, 257, 511, 512, 513, 600, 1100})
      for (const size_t rows : {0, 1, 2, 3, 7, 12}) {
        CAPTURE(set->name);
        CAPTURE(columns);
        CAPTURE(rows);
        Generator random(static_cast<uint32_t>(columns * 16 + rows));
        const QuantizeRange range = kRanges[rows % std::size(kRanges)];
        const Side side = rows % 2 ? Side::kStart : Side::kEnd;
        const std::vector<float> scales = any_scales(random, columns);
        std::vector<float> values;
        for (size_t r = 0; r < rows; ++r) {
          const std::vector<float> row = r % 2 ? near_ties(random, scales) : rare_ties(random, scales);
          values.insert(values.end(), row.begin(), row.end());
        }
        const float* x = x_memory.place(values, side);
        uint8_t* q = q_memory.place<uint8_t>(values.size(), side);
        const ColumnParams params = {scale_memory.place(scales, side),
                                     zero_memory.place(int_values(random, columns, range.low, range.high), side),
                                     columns, range};
        std::vector<uint8_t> expected(values.size());
        set->quantize->columns(x, q, rows, params);
        kQuantizeScalar.columns(x, expected.data(), rows, params);
        check_same(q, expected.data(), expected.size());
      }
}
