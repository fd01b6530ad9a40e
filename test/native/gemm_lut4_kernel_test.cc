// Every kernel of weights that are decoded on the way, on one strip against plain loops over the weights: all row
// counts, panels whole and narrow, groups with and without a tail, with every buffer against guard pages at either end.
#include <doctest/doctest.h>

#include <algorithm>

#include "float_weights.h"
#include "guarded_buffer.h"
#include "same_bits.h"
#include "test_options.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

const std::vector<size_t> kVectors = sizes({1, 2, 3, 4, 5, 7, 8, 9, 15, 17}, {1, 3, 8, 13});

struct Depth {
  size_t k, block;
};
const Depth kDepths[] = {{0, 64}, {1, 64},  {3, 4},   {8, 8},   {12, 6},  {16, 64},
                         {20, 4}, {30, 10}, {64, 64}, {72, 24}, {96, 64}, {128, 64}};
constexpr float kCanary = -77;

struct Buffers {
  GuardedBuffer a{64 * 1024}, b{512 * 1024}, c{128 * 1024};
};

template <typename Packed>
std::vector<uint8_t> panel_bytes(const Packed& packed) {
  const auto* const data = packed.panels.template as<uint8_t>();
  return {data, data + packed.panels.size_bytes()};
}

/// Places operands, runs `kernel(strip)`, and compares with `weights`.
template <typename Weights, typename Run>
void check_strip(Buffers& buffers, const Weights& weights, const std::vector<uint8_t>& panels, size_t rows,
                 Generator& random, const Run& run) {
  const Side side = random() % 2 ? Side::kStart : Side::kEnd;
  const size_t vectors = divide_up(weights.n, kVectorColumns), padded = vectors * kVectorColumns;
  const size_t a_stride = weights.k + random() % 3, c_stride = padded + random() % 2 * 16;
  const std::vector<float> values = float_values(random, rows * a_stride);
  const size_t c_count = strided_length(rows, padded, c_stride);
  float* const c = buffers.c.place<float>(c_count, side);
  std::fill_n(c, c_count, kCanary);
  const float* a = buffers.a.place(
      std::vector<float>(values.begin(),
                         values.begin() + static_cast<std::ptrdiff_t>(strided_length(rows, weights.k, a_stride))),
      side);
  run(PanelStrip{rows, vectors, weights.k, a, a_stride, buffers.b.place(panels, side), c, c_stride});
  for (size_t r = 0; r < rows; ++r)
    for (size_t j = 0; j < c_stride && r * c_stride + j < c_count; ++j) {
      CAPTURE(r);
      CAPTURE(j);
      if (j >= padded) REQUIRE(c[r * c_stride + j] == kCanary);
      if (j < weights.n) REQUIRE(same_bits(c[r * c_stride + j], weights.sum(values.data() + r * a_stride, j)));
    }
}

/// A part that a kernel decodes for the float32 kernel of the same set, against the weights; `at(j, p)` gives them.
template <typename Decode, typename At>
void check_decoded(Buffers& buffers, size_t columns, size_t values, size_t nr, const Decode& decode, const At& at) {
  const size_t padded = round_up(columns, kVectorColumns);
  float* const decoded = buffers.c.place<float>(padded * values, Side::kEnd);
  std::fill_n(decoded, padded * values, kCanary);
  decode(decoded);
  for (size_t j = 0; j < columns; ++j)
    for (size_t p = 0; p < values; ++p) {
      CAPTURE(j);
      CAPTURE(p);
      REQUIRE(same_bits(decoded[(j / nr * values + p) * nr + j % nr], at(j, p)));
    }
}

}  // namespace

TEST_CASE("codebook strips equal plain loops on every kernel set") {
  Buffers buffers;
  const GemmLut4Kernel* last = nullptr;
  for (const KernelSet* set : tested_kernel_sets()) {
    if (set->gemm_lut4 == last) continue;  // shared with the set before
    last = set->gemm_lut4;
    CAPTURE(set->name);
    Generator random(11);
    for (const size_t vectors : kVectors)
      for (const Depth& depth : kDepths) {
        CAPTURE(vectors);
        CAPTURE(depth.k);
        CAPTURE(depth.block);
        const Lut4Weights weights(random, vectors * kVectorColumns - vectors % 3, depth.k, depth.block);
        PackedLut4 packed;
        REQUIRE(pack_lut4(weights.source(), &packed).ok());
        const std::vector<uint8_t> panels = panel_bytes(packed);
        for (size_t rows = 1; rows <= last->mr; ++rows)
          check_strip(buffers, weights, panels, rows, random,
                      [&](const PanelStrip& strip) { last->run({strip, packed.table, packed.group}); });
      }
  }
}

TEST_CASE("codebook kernels decode groups and join their sums on every kernel set") {
  Buffers buffers;
  for (const KernelSet* set : tested_kernel_sets()) {
    CAPTURE(set->name);
    Generator random(12);
    const size_t nr = set->gemm_f32->nr;
    for (const size_t group : {1, 5, 8, 24, 61}) {
      const Lut4Weights weights(random, 5 * kVectorColumns, group, group);
      PackedLut4 packed;
      REQUIRE(pack_lut4(weights.source(), &packed).ok());
      const uint8_t* const panels = buffers.b.place(panel_bytes(packed), Side::kEnd);
      check_decoded(
          buffers, 3 * kVectorColumns, group, nr,
          [&](float* to) { set->gemm_lut4->decode({panels + kStepBytes, 5 * kStepBytes, 3, group}, packed.table, to); },
          [&](size_t j, size_t p) { return weights.table[weights.values[(j + kVectorColumns) * group + p]]; });
    }
    alignas(64) float sums[5 * 64], expected[5 * 64], absmax[64], joined[5 * 64];
    const std::vector<float> values = special_floats(random, 64 * 11);
    std::copy_n(values.data(), 64, absmax);
    std::copy_n(values.data() + 64, 5 * 64, sums);
    std::copy_n(values.data() + 6 * 64, 5 * 64, joined);
    for (size_t i = 0; i < 5 * 64; ++i)
      expected[i] = i % 64 < 48 ? fused_multiply_add(sums[i], absmax[i % 64], joined[i]) : joined[i];
    set->gemm_lut4->add({5, 3, sums, 64, absmax, joined, 64});
    check_same(joined, expected, 5 * 64);
  }
}

TEST_CASE("strips of 16-bit float weights equal plain loops on every kernel set") {
  Buffers buffers;
  const GemmF16Kernel* last = nullptr;
  for (const KernelSet* set : tested_kernel_sets()) {
    if (set->gemm_f16 == last) continue;
    last = set->gemm_f16;
    CAPTURE(set->name);
    Generator random(13);
    for (const HalfType type : {HalfType::kFloat16, HalfType::kBfloat16})
      for (const size_t vectors : kVectors)
        for (const size_t k : {0, 1, 2, 3, 9, 30}) {
          CAPTURE(vectors);
          CAPTURE(k);
          const F16Weights weights(random, vectors * kVectorColumns - vectors % 3, k, type);
          PackedF16 packed;
          REQUIRE(pack_f16(weights.bits.data(), type, {k, weights.n, true}, &packed).ok());
          const std::vector<uint8_t> panels = panel_bytes(packed);
          for (size_t rows = 1; rows <= last->mr; ++rows)
            check_strip(buffers, weights, panels, rows, random,
                        [&](const PanelStrip& strip) { last->run({strip, type}); });
        }
  }
}

TEST_CASE("every 16-bit float is widened, and floats narrowed, on every kernel set") {
  Buffers buffers;
  for (const KernelSet* set : tested_kernel_sets()) {
    CAPTURE(set->name);
    Generator random(14);
    const size_t nr = set->gemm_f32->nr;
    for (const HalfType type : {HalfType::kFloat16, HalfType::kBfloat16})
      for (const size_t k : {7, 64}) {
        const F16Weights weights(random, 6 * kVectorColumns, k, type, false);
        PackedF16 packed;
        REQUIRE(pack_f16(weights.bits.data(), type, {k, weights.n, true}, &packed).ok());
        const uint8_t* const panels = buffers.b.place(panel_bytes(packed), Side::kEnd);
        check_decoded(
            buffers, 4 * kVectorColumns, k, nr,
            [&](float* to) { set->gemm_f16->decode({panels + 2 * kStepBytes, 6 * kStepBytes, 4, k}, type, to); },
            [&](size_t j, size_t p) { return weights.at(j + 2 * kVectorColumns, p); });
      }
    for (const size_t count : {0, 1, 15, 16, 17, 400}) {
      const std::vector<float> values = special_floats(random, count);
      uint16_t* const halves = buffers.c.place<uint16_t>(count, Side::kEnd);
      set->gemm_f16->narrow(buffers.a.place(values, Side::kEnd), count, halves);
      for (size_t i = 0; i < count; ++i) REQUIRE(halves[i] == to_float16(values[i]));
    }
  }
}
