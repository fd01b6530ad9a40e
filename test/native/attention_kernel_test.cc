// The pieces of attention over floats: every kernel set against the definition, and the definition against double.
#include <doctest/doctest.h>

#include "dispatch/dispatch.h"
#include "guarded_buffer.h"
#include "kernels/attention/attention_scalar.h"
#include "random_values.h"
#include "same_bits.h"
#include "test_options.h"

using namespace octavo;
using namespace octavo_test;

namespace {

std::vector<uint16_t> halves_of(const std::vector<float>& values) {
  std::vector<uint16_t> halves;
  for (const float value : values) halves.push_back(to_float16(value));
  return halves;
}

template <typename T>
void check_rows(const KernelSet& set, const AttentionRows<T>& rows, const std::vector<float>& values,
                void (*dots)(const AttentionRows<T>&, const float*, float*),
                void (*sums)(const AttentionRows<T>&, const float*, float*)) {
  CAPTURE(set.name);
  CAPTURE(rows.rows);
  CAPTURE(rows.dim);
  CAPTURE(sizeof(T));
  std::vector<float> actual(rows.rows), expected(rows.rows);
  dots(rows, values.data(), actual.data());
  dots_of_rows(rows, values.data(), expected.data());
  check_same(actual.data(), expected.data(), rows.rows);
  std::vector<float> acc(values.begin(), values.begin() + static_cast<long>(rows.dim)), same = acc;
  sums(rows, values.data(), acc.data());
  sums_of_rows(rows, values.data(), same.data(), 0);
  check_same(acc.data(), same.data(), rows.dim);
}

}  // namespace

TEST_CASE("attention's products and sums have the same bits on every kernel set") {
  GuardedBuffer memory(1 << 16);
  Generator random(5);
  for (const KernelSet* set : available_kernel_sets())
    for (const size_t dim : sizes({8, 16, 24, 48, 64, 72, 80, 128, 136, 200, 256}, {8, 24, 64, 136}))
      for (const size_t count : sizes({0, 1, 2, 3, 4, 5, 9}, {0, 1, 5})) {
        const std::vector<float> data = special_floats(random, count == 0 ? 0 : (count - 1) * (dim + 3) + dim);
        const std::vector<float> values = special_floats(random, 300);
        const AttentionKernel& kernel = *set->attention;
        check_rows<float>(*set, {memory.place(data, Side::kEnd), count, dim + 3, dim}, values, kernel.dots_f32,
                          kernel.sums_f32);
        const std::vector<uint16_t> halves = halves_of(data);
        check_rows<uint16_t>(*set, {memory.place(halves, Side::kEnd), count, dim + 3, dim}, values, kernel.dots_f16,
                             kernel.sums_f16);
      }
}

TEST_CASE("attention's exponentials and widened halves have the same bits on every kernel set") {
  GuardedBuffer memory(1 << 12);
  Generator random(6);
  for (const KernelSet* set : available_kernel_sets())
    for (size_t count = 0; count < 50; ++count) {
      CAPTURE(set->name);
      CAPTURE(count);
      const std::vector<float> logits = special_floats(random, count);
      const float* placed = memory.place(logits, Side::kEnd);
      float max = -INFINITY;
      for (const float logit : logits) max = logit > max ? logit : max;
      REQUIRE(set->attention->largest(placed, count) == max);
      std::vector<float> weights(count), expected(count), sums(kAttentionLanes, 0.25f), same = sums;
      set->attention->exponentials(placed, count, max, weights.data(), sums.data());
      exponentials_from(logits.data(), 0, count, max, expected.data(), same.data());
      check_same(weights.data(), expected.data(), count);
      check_same(sums.data(), same.data(), sums.size());
      const std::vector<uint16_t> halves = halves_of(logits);
      set->attention->widen(memory.place(halves, Side::kEnd), count, weights.data());
      for (size_t i = 0; i < count; ++i) REQUIRE(same_bits(weights[i], from_float16(halves[i])));
    }
}

TEST_CASE("attention's exponentials are close to e^x") {
  CHECK(exp_of_distance(0.0f) == 1.0f);
  CHECK(exp_of_distance(88.0f) == 0.0f);
  CHECK(exp_of_distance(INFINITY) == 0.0f);
  CHECK(std::isnan(exp_of_distance(NAN)));
  for (float distance = 0; distance < 87; distance += full_or(0.00037f, 0.013f)) {
    const double exact = std::exp(-static_cast<double>(distance));
    CAPTURE(distance);
    REQUIRE(std::fabs(static_cast<double>(exp_of_distance(distance)) - exact) <= 3e-7 * exact);
  }
}
