// One int8 product on the GPU, with what is random about it, against loops and the scalar epilogue.
#pragma once

#include <cstring>
#include <optional>
#include <vector>

#include "cuda/gemm_i8.h"
#include "gpu.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_scalar.h"
#include "random_values.h"
#include "same_bits.h"

namespace octavo_test {

using octavo::ActivationKind;
using octavo::OutputType;
using octavo::cuda::GemmI8Path;

struct GemmI8Case {
  GemmI8Path path = GemmI8Path::kBest;
  OutputType output = OutputType::kInt32;
  ActivationKind activation = ActivationKind::kNone;
  size_t m = 1, n = 1, k = 1;
  bool a_signed = true;
  bool terms = false, zero_points = false, row_scales = false, bias = false, residual = false, special = false;
  size_t gap = 0;    // elements between C's rows
  size_t start = 0;  // elements of C's buffer before its first
};

/// The operands of a case, in rows of whole 16 bytes, and everything that an epilogue may read.
class GemmI8Values {
 public:
  GemmI8Values(const GemmI8Case& c, Generator& random) : case_(c), stride_((c.k + 15) / 16 * 16) {
    fill_operands(random);
    const auto floats = [&](size_t count, float low, float high) {
      return c.special ? special_floats(random, count) : float_values(random, count, low, high);
    };
    row_scale_ = floats(c.row_scales ? c.m : 1, 0, 0.02f);
    column_scale_ = floats(c.n, 0, 0.02f);
    bias_ = floats(c.n, -1, 1);
    residual_ = floats(c.m * residual_stride(), -1, 1);
    for (auto* values : {&column_term_, &column_sum_, &column_factor_})
      *values = int_values(random, c.n, INT32_MIN / 2, INT32_MAX / 2);
    for (auto* values : {&row_factor_, &row_sum_}) *values = int_values(random, c.m, INT32_MIN / 2, INT32_MAX / 2);
  }

  /// Runs the product and compares all of C's buffer: what lies between and around its rows stays.
  void check() const {
    const size_t bytes = element_bytes(case_.output), count = case_.start + case_.m * c_stride() + 16;
    const std::vector<uint8_t> before(count * bytes, 0x5A);
    const OnDevice<uint8_t> c(before);
    const std::vector<uint8_t> expected = compute(before);
    run(c.data() + case_.start * bytes);
    const std::vector<uint8_t> actual = c.values();
    INFO("path ", static_cast<int>(case_.path), " output ", static_cast<int>(case_.output), " activation ",
         static_cast<int>(case_.activation), " m ", case_.m, " n ", case_.n, " k ", case_.k, " signed ", case_.a_signed,
         " gap ", case_.gap, " start ", case_.start);
    if (case_.output == OutputType::kFloat32) {
      std::vector<float> left(count), right(count);
      std::memcpy(left.data(), actual.data(), actual.size());
      std::memcpy(right.data(), expected.data(), expected.size());
      check_same(left.data(), right.data(), count);
    } else {
      check_same(actual.data(), expected.data(), actual.size());
    }
  }

 private:
  size_t c_stride() const { return case_.n + case_.gap; }
  size_t residual_stride() const { return case_.n + case_.gap; }

  void fill_operands(Generator& random) {
    const int32_t low = case_.a_signed ? -128 : 0;
    const Pattern pattern = kPatterns[random() % std::size(kPatterns)];
    const auto left = byte_values(random, case_.m * stride_, pattern, low, low + 255);
    a_.assign(left.begin(), left.end());
    const auto right = byte_values(random, case_.n * case_.k, pattern, -128, 127);
    w_.assign(case_.n * stride_, 0);
    for (size_t j = 0; j < case_.n; ++j)
      for (size_t p = 0; p < case_.k; ++p) w_[j * stride_ + p] = static_cast<int8_t>(right[j * case_.k + p]);
  }

  octavo::GemmI8Epilogue epilogue() const {
    octavo::GemmI8Epilogue e;
    if (case_.terms) e.column_term = column_term_.data();
    if (case_.zero_points) {
      e.row_factor = row_factor_.data();
      e.column_sum = column_sum_.data();
      e.column_factor = column_factor_.data();
      e.row_sum = row_sum_.data();
    }
    const bool is_signed = case_.output == OutputType::kInt8;
    if (case_.output != OutputType::kInt32) {
      e.row_scale = row_scale_.data();
      e.row_scale_step = case_.row_scales ? 1 : 0;
      e.column_scale = column_scale_.data();
      if (case_.bias) e.bias = bias_.data();
      if (case_.residual) e.residual = residual_.data();
      e.residual_stride = residual_stride();
      e.activation = {case_.activation, -0.5f, 0.75f};
      e.inverse_scale = 40;
      e.zero_point = 3;
      e.low = static_cast<float>((is_signed ? -128 : 0) - e.zero_point);
      e.high = e.low + 255;
    }
    return e;
  }

  std::vector<uint8_t> compute(std::vector<uint8_t> c) const {
    const octavo::GemmI8Epilogue e = epilogue();
    octavo::GemmI8Strip strip = {};
    strip.output = case_.output;
    strip.c = c.data() + case_.start * element_bytes(case_.output);
    strip.c_stride = c_stride();
    strip.epilogue = &e;
    for (size_t r = 0; r < case_.m; ++r)
      for (size_t j = 0; j < case_.n; ++j) octavo::store_value_scalar(strip, r, j, sum(r, j));
    return c;
  }

  uint32_t sum(size_t r, size_t j) const {
    const uint8_t* const a = a_.data() + r * stride_;
    const int8_t* const w = w_.data() + j * stride_;
    int32_t sum = 0;
    for (size_t p = 0; p < case_.k; ++p) sum += (case_.a_signed ? static_cast<int8_t>(a[p]) : a[p]) * w[p];
    return static_cast<uint32_t>(sum);
  }

  void run(void* c) const {
    const OnDevice<uint8_t> a(a_);
    const OnDevice<int8_t> w(w_);
    const OnDevice<int32_t> column_term(column_term_), row_factor(row_factor_), column_sum(column_sum_),
        column_factor(column_factor_), row_sum(row_sum_);
    const OnDevice<float> row_scale(row_scale_), column_scale(column_scale_), bias(bias_), residual(residual_);
    octavo::GemmI8Epilogue e = epilogue();
    const auto place = [](auto& pointer, const auto& values) {
      if (pointer != nullptr) pointer = values.data();
    };
    place(e.column_term, column_term);
    place(e.row_factor, row_factor);
    place(e.column_sum, column_sum);
    place(e.column_factor, column_factor);
    place(e.row_sum, row_sum);
    place(e.row_scale, row_scale);
    place(e.column_scale, column_scale);
    place(e.bias, bias);
    place(e.residual, residual);
    const octavo::device::GemmI8Operands o{a.data(), w.data(), case_.m, case_.n, case_.k, stride_, stride_};
    require_ok(octavo::cuda::gemm_i8(*gpu(), o, case_.a_signed, {e, case_.output, c, c_stride()}, case_.path));
    require_ok(gpu()->synchronize());
  }

  const GemmI8Case case_;
  const size_t stride_;
  std::vector<uint8_t> a_;
  std::vector<int8_t> w_;
  std::vector<int32_t> column_term_, row_factor_, column_sum_, column_factor_, row_sum_;
  std::vector<float> row_scale_, column_scale_, bias_, residual_;
};

}  // namespace octavo_test
