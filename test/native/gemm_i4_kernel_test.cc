// Every int4 micro-kernel on one strip against plain loops over the weights: all row counts, column and k edges,
// groups with and without a tail, zero points, all outputs, with every buffer against guard pages at either end and
// canaries between the rows of C.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "gemm_i8_reference.h"
#include "guarded_buffer.h"
#include "int4_weights.h"
#include "ops/pack_int4.h"
#include "random_values.h"
#include "same_bits.h"
#include "test_options.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

const std::vector<size_t> kColumns = sizes({1, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 49, 64}, {1, 7, 8, 9, 16, 17, 33});
const std::vector<size_t> kDepths = sizes({0, 1, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 63, 64, 65, 127, 200, 328},
                                          {0, 1, 7, 8, 9, 16, 17, 33, 64, 72, 200});
constexpr size_t kGroups[] = {0, 8, 32, 128, 16, 64, 24};
constexpr OutputType kOutputs[] = {OutputType::kFloat32, OutputType::kFloat16, OutputType::kInt8, OutputType::kUint8};
constexpr ActivationKind kActivations[] = {ActivationKind::kNone, ActivationKind::kClip,     ActivationKind::kNone,
                                           ActivationKind::kGelu, ActivationKind::kGeluTanh, ActivationKind::kSilu};
constexpr uint8_t kCanary = 0xA5;

struct Buffers {
  GuardedBuffer a{16 * 1024}, b{64 * 1024}, c{16 * 1024}, terms{16 * 1024}, zeros{16 * 1024};
  GuardedBuffer bias{4096}, residual{16 * 1024}, row_scale{4096};
};

/// One strip with a random epilogue; `flags` chooses what it has.
class StripCase {
 public:
  StripCase(const KernelSet& set, size_t rows, size_t n, size_t k, uint32_t flags, Generator& random)
      : kernel_(*set.gemm_i4),
        flags_(flags),
        rows_(rows),
        weights_(random, {n, k, kGroups[flags % std::size(kGroups)], kPatterns[flags % std::size(kPatterns)],
                          (flags & 1) != 0}),
        random_(random) {
    a_ = byte_values(random, rows * k, kPatterns[flags / 5 % std::size(kPatterns)], -128, 127);
    REQUIRE(pack_int4(weights_.source(), &packed_).ok());
  }

  void run(Buffers& buffers, OutputType output, Side side) {
    make_epilogue(buffers, output, side);
    const size_t element = element_bytes(output), n = weights_.shape.n, stride = n + flags_ % 3;
    const size_t bytes = strided_length(rows_, n, stride) * element, row_bytes = round_up(weights_.shape.k, 8);
    uint8_t* c = buffers.c.place<uint8_t>(bytes, side);
    std::fill(c, c + bytes, kCanary);
    GemmI4Strip strip = {};
    strip.rows = rows_, strip.n = n, strip.k = weights_.shape.k;
    strip.a = staged_a(buffers, row_bytes, side), strip.a_stride_bytes = row_bytes;
    strip.b = buffers.b.place(bytes_of<int8_t>(packed_.panels), side);
    strip.output = output, strip.c = c, strip.c_stride = stride, strip.epilogue = &epilogue_;
    strip.group = packed_.group, strip.groups = packed_.groups;
    strip.term_stride = rows_ + flags_ % 2;
    strip.group_terms = group_terms(buffers, strip.term_stride, side);
    if (packed_.zero_points.size_bytes() > 0)
      strip.zero_points = buffers.zeros.place(bytes_of<uint8_t>(packed_.zero_points), side);
    kernel_.run(strip);
    check(c, stride, output);
  }

 private:
  template <typename T>
  static std::vector<T> bytes_of(const WeightMemory& memory) {
    return std::vector<T>(memory.as<T>(), memory.as<T>() + memory.size_bytes());
  }

  const int8_t* staged_a(Buffers& buffers, size_t row_bytes, Side side) {
    int8_t* staged = buffers.a.place<int8_t>(row_bytes * rows_, side);
    std::fill(staged, staged + row_bytes * rows_, int8_t{0});
    const size_t k = weights_.shape.k;
    for (size_t i = 0; i < rows_; ++i)
      for (size_t p = 0; p < k; ++p) staged[i * row_bytes + p] = static_cast<int8_t>(a_[i * k + p]);
    return staged;
  }

  const int32_t* group_terms(Buffers& buffers, size_t stride, Side side) {
    const int32_t factor = packed_.zero_points.size_bytes() > 0 ? -1 : -8;
    int32_t* terms = buffers.terms.place<int32_t>(strided_length(packed_.groups, rows_, stride), side);
    for (size_t g = 0; g < packed_.groups; ++g)
      for (size_t r = 0; r < rows_; ++r) {
        const size_t end = std::min(weights_.shape.k, (g + 1) * packed_.group);
        int32_t sum = 0;
        for (size_t p = g * packed_.group; p < end; ++p) sum += a_[r * weights_.shape.k + p];
        terms[g * stride + r] = factor * sum;
      }
    return terms;
  }

  void make_epilogue(Buffers& buffers, OutputType output, Side side) {
    const size_t n = weights_.shape.n;
    epilogue_ = {};
    epilogue_.row_scale_step = flags_ >> 3 & 1;
    epilogue_.row_scale =
        buffers.row_scale.place(float_values(random_, epilogue_.row_scale_step ? rows_ : 1, 1e-4f, 1e-3f), side);
    if (flags_ & 16) epilogue_.bias = buffers.bias.place(float_values(random_, n), side);
    if (flags_ % 5 == 0) {
      epilogue_.residual_stride = n + flags_ % 4;
      const size_t count = strided_length(rows_, n, epilogue_.residual_stride);
      epilogue_.residual = buffers.residual.place(special_floats(random_, count), side);
    }
    epilogue_.activation = {kActivations[flags_ / 7 % std::size(kActivations)], 0, 6};
    epilogue_.inverse_scale = 37.5f;
    epilogue_.zero_point = output == OutputType::kInt8 ? -3 : 7;
    epilogue_.low = static_cast<float>((output == OutputType::kInt8 ? -128 : 0) - epilogue_.zero_point);
    epilogue_.high = epilogue_.low + 255;
  }

  float expected(size_t i, size_t j) const {
    const auto& e = epilogue_;
    volatile float f = weights_.sum(a_.data() + i * weights_.shape.k, j);  // volatile: every step is rounded
    f = f * e.row_scale[i * e.row_scale_step];
    if (e.bias) f = f + e.bias[j];
    if (e.residual) f = f + e.residual[i * e.residual_stride + j];
    return activate(e.activation, f);
  }

  void check(const uint8_t* c, size_t stride, OutputType output) const {
    const size_t n = weights_.shape.n, element = element_bytes(output);
    for (size_t i = 0; i < rows_; ++i)
      for (size_t j = 0; j < stride && (i + 1 < rows_ || j < n); ++j) {
        const size_t at = i * stride + j;
        if (j >= n)
          REQUIRE(std::count(c + at * element, c + (at + 1) * element, kCanary) ==
                  static_cast<std::ptrdiff_t>(element));
        else if (output == OutputType::kFloat32)
          REQUIRE(same_bits(reinterpret_cast<const float*>(c)[at], expected(i, j)));
        else if (output == OutputType::kFloat16)
          REQUIRE(reinterpret_cast<const uint16_t*>(c)[at] == nearest_float16(expected(i, j)));
        else
          REQUIRE(c[at] == requantized(epilogue_, expected(i, j)));
      }
  }

  const GemmI4Kernel& kernel_;
  uint32_t flags_;
  size_t rows_;
  Int4Weights weights_;
  std::vector<int32_t> a_;
  PackedInt4 packed_;
  Generator& random_;
  GemmI8Epilogue epilogue_;
};

}  // namespace

TEST_CASE("int4 strips equal plain loops on every kernel set") {
  Buffers buffers;
  const GemmI4Kernel* last = nullptr;
  for (const KernelSet* set : tested_kernel_sets()) {
    if (set->gemm_i4 == last) continue;  // shared with the set before
    last = set->gemm_i4;
    CAPTURE(set->name);
    Generator random(4);
    uint32_t flags = 0;
    for (size_t rows = 1; rows <= set->gemm_i4->mr; ++rows)
      for (const size_t n : kColumns)
        for (const size_t k : kDepths) {
          CAPTURE(rows);
          CAPTURE(n);
          CAPTURE(k);
          CAPTURE(flags);
          StripCase strip(*set, rows, n, k, ++flags, random);
          for (const OutputType output : kOutputs) strip.run(buffers, output, flags % 2 ? Side::kStart : Side::kEnd);
        }
  }
}
