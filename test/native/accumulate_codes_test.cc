// Weighted sums of codes: every kernel set against the definition, over all widths, edges of the groups, numbers of
// queries, and rows that end where nothing more than the promised bytes can be read.
#include <doctest/doctest.h>

#include "dispatch/dispatch.h"
#include "guarded_buffer.h"
#include "kernels/accumulate_codes/accumulate_codes_scalar.h"
#include "random_values.h"
#include "same_bits.h"
#include "test_options.h"

using namespace octavo;
using namespace octavo_test;

namespace {

struct Case {
  size_t bits, dim, tokens, queries;
};

void check_case(const KernelSet& set, const Case& c, GuardedBuffer& memory, Generator& random) {
  CAPTURE(set.name);
  CAPTURE(c.bits);
  CAPTURE(c.dim);
  CAPTURE(c.tokens);
  CAPTURE(c.queries);
  const size_t stride = code_bytes(c.bits, c.dim) + random() % 3;
  std::vector<uint8_t> codes(c.tokens * stride + kCodeSlackBytes);
  for (uint8_t& byte : codes) byte = static_cast<uint8_t>(random());
  const std::vector<float> levels = float_values(random, size_t{1} << c.bits);
  const std::vector<float> weights = special_floats(random, c.queries * (c.tokens + 3));
  const std::vector<float> start = float_values(random, c.queries * (c.dim + 5));
  std::vector<float> actual = start, expected = start;
  AccumulateCodes sum = {memory.place(codes, Side::kEnd),
                         stride,
                         c.tokens,
                         c.dim,
                         c.bits,
                         levels.data(),
                         weights.data(),
                         c.tokens + 3,
                         actual.data(),
                         c.dim + 5,
                         c.queries};
  set.accumulate_codes->run(sum);
  sum.acc = expected.data();
  accumulate_from(sum, 0);
  check_same(actual.data(), expected.data(), expected.size());
}

}  // namespace

TEST_CASE("accumulate_codes has the same bits on every kernel set") {
  GuardedBuffer memory(1 << 16);
  Generator random(11);
  const std::vector<size_t> dims =
      sizes({8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 96, 104, 128, 136, 192, 256, 264}, {8, 24, 64, 136, 256});
  for (const KernelSet* set : available_kernel_sets())
    for (size_t bits = 1; bits <= 8; ++bits)
      for (const size_t dim : dims)
        for (const size_t queries : {1, 2, 3, 4, 7})
          for (const size_t tokens : {0, 1, 33}) check_case(*set, {bits, dim, tokens, queries}, memory, random);
}
