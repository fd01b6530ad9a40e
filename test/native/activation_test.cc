// Activation functions: every kernel set against the scalar definition over all of float32, and the definition against
// the functions themselves in double.
#include <doctest/doctest.h>

#include <cfloat>
#include <cmath>
#include <numbers>

#include "dispatch/dispatch.h"
#include "guarded_buffer.h"
#include "kernels/activation/activation_scalar.h"
#include "random_values.h"
#include "same_bits.h"
#include "test_options.h"

using namespace octavo;
using namespace octavo_test;

namespace {

constexpr ActivationKind kSmooth[] = {ActivationKind::kGelu, ActivationKind::kGeluTanh, ActivationKind::kSilu};
constexpr Activation kAll[] = {{},
                               {ActivationKind::kClip, -1.5f, 6},
                               {ActivationKind::kClip, 0, INFINITY},
                               {ActivationKind::kGelu},
                               {ActivationKind::kGeluTanh},
                               {ActivationKind::kSilu}};

double true_value(ActivationKind kind, double x) {
  switch (kind) {
    case ActivationKind::kGelu:
      return x * 0.5 * std::erfc(-x / std::sqrt(2.0));
    case ActivationKind::kGeluTanh:
      return x / (1 + std::exp(-2 * std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    default:
      return x / (1 + std::exp(-x));
  }
}

/// The distance between floats around `value`.
double unit_at(double value) {
  const float magnitude = std::fabs(static_cast<float>(value));
  return static_cast<double>(std::nextafter(magnitude, INFINITY)) - static_cast<double>(magnitude);
}

/// calls(x) for floats of every sign and exponent, `steps` bit patterns apart.
template <typename Call>
void sweep(uint32_t step, const Call& call) {
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += step) call(float_of_bits(static_cast<uint32_t>(bits)));
}

void check_error(ActivationKind kind, float x) {
  const double exact = true_value(kind, static_cast<double>(x)), magnitude = std::fabs(static_cast<double>(x));
  const double error = std::fabs(static_cast<double>(activate({kind}, x)) - exact);
  bool within = true;
  if (kind == ActivationKind::kSilu)
    within = x >= -88 ? error <= 3 * unit_at(exact) : error <= 1e-36;
  else
    within = error <= 1.5e-7 * magnitude + static_cast<double>(FLT_TRUE_MIN) && (x < -1 || error <= 4 * unit_at(exact));
  if (within) return;
  CAPTURE(static_cast<int>(kind));
  CAPTURE(x);
  CAPTURE(exact);
  CHECK(error == 0);
}

}  // namespace

TEST_CASE("activations are as close to their functions as they say") {
  for (const ActivationKind kind : kSmooth) {
    sweep(full_or(9973, 399989), [&](float x) {
      if (std::isfinite(x)) check_error(kind, x);
    });
    for (float x = -100; x < 100; x += full_or(0.00037f, 0.013f)) check_error(kind, x);
  }
}

TEST_CASE("activations keep NaN and take infinities to their limits") {
  for (const ActivationKind kind : kSmooth) {
    CHECK(std::isnan(activate({kind}, NAN)));
    CHECK(same_bits(activate({kind}, INFINITY), INFINITY));
    CHECK(same_bits(activate({kind}, FLT_MAX), FLT_MAX));
    CHECK(same_bits(activate({kind}, -INFINITY), -0.0f));
    CHECK(same_bits(activate({kind}, -FLT_MAX), -0.0f));
    CHECK(same_bits(activate({kind}, 0.0f), 0.0f));
    CHECK(same_bits(activate({kind}, -0.0f), -0.0f));
  }
  CHECK(same_bits(activate({ActivationKind::kClip, -2, 3}, NAN), -2.0f));
  CHECK(same_bits(activate({ActivationKind::kClip, -2, 3}, INFINITY), 3.0f));
  CHECK(same_bits(activate({ActivationKind::kClip, -2, 3}, -INFINITY), -2.0f));
  CHECK(std::isnan(activate({}, NAN)));
}

TEST_CASE("activations have the same bits on every kernel set") {
  constexpr size_t kCount = 1 << 16;
  for (const KernelSet* set : available_kernel_sets())
    for (const Activation& activation : kAll) {
      CAPTURE(set->name);
      CAPTURE(static_cast<int>(activation.kind));
      std::vector<float> values, expected;
      const auto compare = [&] {
        expected = values;
        for (float& value : expected) value = activate(activation, value);
        set->activation->run(activation, values.data(), values.size());
        check_same(values.data(), expected.data(), values.size());
        values.clear();
      };
      sweep(full_or(997, 39989), [&](float x) {
        values.push_back(x);
        if (values.size() == kCount) compare();
      });
      compare();
    }
}

TEST_CASE("activations of any length stay inside their array") {
  GuardedBuffer memory(4096);
  Generator random(3);
  for (const KernelSet* set : available_kernel_sets())
    for (const Activation& activation : kAll)
      for (size_t count = 0; count < 50; ++count)
        for (const Side side : {Side::kStart, Side::kEnd}) {
          CAPTURE(set->name);
          CAPTURE(count);
          const std::vector<float> values = special_floats(random, count);
          float* placed = memory.place(values, side);
          set->activation->run(activation, placed, count);
          for (size_t i = 0; i < count; ++i) REQUIRE(same_bits(placed[i], activate(activation, values[i])));
        }
}
