// Every int8 micro-kernel on one strip: all row counts, column and k edges, all outputs and corrections, with every
// buffer against guard pages at either end and canaries between the rows of C.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "gemm_i8_reference.h"
#include "guarded_buffer.h"
#include "ops/pack.h"
#include "random_values.h"
#include "same_bits.h"
#include "test_options.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

const std::vector<size_t> kColumns =
    sizes({1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 65}, {1, 7, 8, 9, 15, 16, 17, 33, 65});
const std::vector<size_t> kDepths = sizes({0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 61, 64, 67, 128, 131, 188},
                                          {0, 1, 3, 4, 5, 7, 8, 15, 16, 17, 33, 64, 67, 131});
constexpr OutputType kOutputs[] = {OutputType::kInt32, OutputType::kFloat32, OutputType::kFloat16, OutputType::kInt8,
                                   OutputType::kUint8};
// Those that kernels store without passes come more often.
constexpr ActivationKind kActivations[] = {ActivationKind::kNone, ActivationKind::kClip,     ActivationKind::kNone,
                                           ActivationKind::kGelu, ActivationKind::kGeluTanh, ActivationKind::kSilu,
                                           ActivationKind::kClip, ActivationKind::kNone};
constexpr uint8_t kCanary = 0xA5;

struct Buffers {
  GuardedBuffer a{64 * 1024}, b{128 * 1024}, c{128 * 1024};
  GuardedBuffer columns[5] = {GuardedBuffer(4096), GuardedBuffer(4096), GuardedBuffer(4096), GuardedBuffer(4096),
                              GuardedBuffer(4096)};
  GuardedBuffer residual{16 * 1024};
  GuardedBuffer rows[3] = {GuardedBuffer(4096), GuardedBuffer(4096), GuardedBuffer(4096)};
};

/// One strip with random corrections; `flags` chooses which of them are present.
class StripCase {
 public:
  StripCase(const KernelSet& set, size_t rows, size_t n, size_t k, uint32_t flags, Generator& random)
      : set_(set), kernel_(*set.gemm_i8), flags_(flags), product_{rows, n, k, {}, {}}, random_(random) {
    const bool odd = (flags >> 3 & 1) != 0;
    is_signed_ = kernel_.a_form == AForm::kBytes ? odd : kernel_.a_form != AForm::kU8;
    is_flipped_ = odd && kernel_.a_form == AForm::kU8 && n <= kernel_.flip_columns;
    const Pattern pattern = kPatterns[flags % std::size(kPatterns)];
    product_.a = byte_values(random, rows * k, pattern, is_signed_ ? -128 : 0, is_signed_ ? 127 : 255);
    product_.b = byte_values(random, n * k, pattern, -128, 127);
  }

  void run(Buffers& buffers, OutputType output, Side side) {
    make_epilogue(buffers, output, side);
    const size_t element = element_bytes(output);
    const size_t stride = product_.n + flags_ % 3, bytes = strided_length(product_.m, product_.n, stride) * element;
    uint8_t* c = buffers.c.place<uint8_t>(bytes, side);
    std::fill(c, c + bytes, kCanary);
    const size_t row_bytes = round_up(product_.k, kernel_.kr) * (kernel_.a_form == AForm::kI16 ? 2 : 1);
    kernel_.run({product_.m,
                 product_.n,
                 product_.k,
                 staged_a(buffers, row_bytes, side),
                 row_bytes,
                 packed_b(buffers, side),
                 output,
                 c,
                 stride,
                 &epilogue_,
                 {},
                 is_signed_ || is_flipped_});
    check(c, stride, output);
  }

 private:
  const void* staged_a(Buffers& buffers, size_t row_bytes, Side side) {
    uint8_t* staged = buffers.a.place<uint8_t>(row_bytes * product_.m, side);
    std::fill(staged, staged + row_bytes * product_.m, 0);
    for (size_t i = 0; i < product_.m; ++i)
      for (size_t p = 0; p < product_.k; ++p) {
        uint8_t* row = staged + i * row_bytes;
        const int32_t value = product_.a[i * product_.k + p];
        if (kernel_.a_form == AForm::kI16)
          reinterpret_cast<int16_t*>(row)[p] = static_cast<int16_t>(value);
        else
          row[p] = static_cast<uint8_t>(is_flipped_ ? value - 128 : value);
      }
    return staged;
  }

  const int8_t* packed_b(Buffers& buffers, Side side) {
    const std::vector<int8_t> bytes(product_.b.begin(), product_.b.end());
    PackedInt8 packed;
    REQUIRE(pack_int8(set_, bytes.data(), {product_.k, product_.n, false}, &packed).ok());
    const int8_t* data = packed.panels.as<int8_t>();
    return buffers.b.place(std::vector<int8_t>(data, data + packed.panels.size_bytes()), side);
  }

  void make_epilogue(Buffers& buffers, OutputType output, Side side) {
    const size_t m = product_.m, n = product_.n;
    const auto ints = [&](size_t count) { return int_values(random_, count, -100000, 100000); };
    epilogue_ = {};
    if (flags_ & 1) epilogue_.column_term = buffers.columns[0].place(ints(n), side);
    if (flags_ & 2) epilogue_.row_factor = buffers.rows[0].place(ints(m), side);
    if (flags_ & 2) epilogue_.column_sum = buffers.columns[1].place(ints(n), side);
    if (flags_ & 4) epilogue_.row_sum = buffers.rows[1].place(ints(m), side);
    if (flags_ & 4) epilogue_.column_factor = buffers.columns[2].place(ints(n), side);
    epilogue_.row_scale_step = flags_ >> 3 & 1;
    epilogue_.row_scale =
        buffers.rows[2].place(float_values(random_, epilogue_.row_scale_step ? m : 1, 1e-5f, 1e-4f), side);
    epilogue_.column_scale = buffers.columns[3].place(float_values(random_, n, 0.5f, 2.0f), side);
    if (flags_ & 16) epilogue_.bias = buffers.columns[4].place(float_values(random_, n), side);
    if (flags_ % 5 == 0) {
      epilogue_.residual_stride = n + flags_ % 4;
      const size_t count = strided_length(m, n, epilogue_.residual_stride);
      epilogue_.residual = buffers.residual.place(special_floats(random_, count), side);
    }
    epilogue_.activation = {kActivations[flags_ >> 5 & 7], 0, 6};
    epilogue_.inverse_scale = flags_ % 11 == 0 ? 750.0f : 37.5f;  // the former takes values beyond int16
    epilogue_.zero_point = output == OutputType::kInt8 ? -3 : 7;
    epilogue_.low = static_cast<float>((output == OutputType::kInt8 ? -128 : 0) - epilogue_.zero_point);
    epilogue_.high = epilogue_.low + 255;
    if (flags_ % 3 == 1) epilogue_.low += 40.5f, epilogue_.high -= 60.25f;
    if (flags_ % 7 == 0) meet_halves(buffers, side);
    if (flags_ % 4 == 0) return;  // whatever is not known to be bounded takes another way
    epilogue_.most_units = 0x1p31f * 2 * epilogue_.inverse_scale;
    epilogue_.most_bias_units = 4 * epilogue_.inverse_scale;
  }

  /// Sums in eighths: many lie half between two integers.
  void meet_halves(Buffers& buffers, Side side) {
    const size_t scales = epilogue_.row_scale_step ? product_.m : 1;
    epilogue_.row_scale = buffers.rows[2].place(std::vector<float>(scales, 0.0625f), side);
    epilogue_.column_scale = buffers.columns[3].place(std::vector<float>(product_.n, 0.5f), side);
    epilogue_.inverse_scale = 4;
    epilogue_.bias = nullptr;
  }

  void check(const uint8_t* c, size_t stride, OutputType output) const {
    for (size_t i = 0; i < product_.m; ++i)
      for (size_t j = 0; j < stride && (i + 1 < product_.m || j < product_.n); ++j) {
        const size_t at = i * stride + j;
        if (j >= product_.n) {
          const size_t element = element_bytes(output);
          REQUIRE(std::count(c + at * element, c + (at + 1) * element, kCanary) ==
                  static_cast<std::ptrdiff_t>(element));
          continue;
        }
        const int32_t acc = corrected(epilogue_, i, j, product_.sum(i, j));
        if (output == OutputType::kInt32)
          REQUIRE(reinterpret_cast<const int32_t*>(c)[at] == acc);
        else if (output == OutputType::kFloat32)
          REQUIRE(same_bits(reinterpret_cast<const float*>(c)[at], scaled(epilogue_, i, j, acc)));
        else if (output == OutputType::kFloat16)
          REQUIRE(reinterpret_cast<const uint16_t*>(c)[at] == nearest_float16(scaled(epilogue_, i, j, acc)));
        else
          REQUIRE(c[at] == requantized(epilogue_, scaled(epilogue_, i, j, acc)));
      }
  }

  const KernelSet& set_;
  const GemmI8Kernel& kernel_;
  uint32_t flags_;
  bool is_signed_ = false, is_flipped_ = false;  // flipped: given as int8, seen larger by 128
  Product product_;
  Generator& random_;
  GemmI8Epilogue epilogue_;
};

/// Up to 18 every number of rows, then both ends of what two tiles hold.
size_t next_rows(size_t rows) { return rows < 18 || rows > 30 ? rows + 1 : 31; }

}  // namespace

TEST_CASE("int8 strips equal plain loops on every kernel set") {
  Buffers buffers;
  for (const KernelSet* set : tested_kernel_sets()) {
    CAPTURE(set->name);
    Generator random(7);
    uint32_t flags = 0;
    for (size_t rows = 1; rows <= set->gemm_i8->mr; rows = next_rows(rows))
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
