// The driver of sketches: channels wherever they lie, threads, and what it refuses.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "dispatch/dispatch.h"
#include "ops/sketch.h"
#include "ops/thread_pool.h"
#include "random_values.h"
#include "same_bits.h"

using namespace octavo;
using namespace octavo_test;

namespace {

struct OwnSketch {
  std::vector<uint64_t> memory;
  SketchWords words;

  OwnSketch(size_t channels, size_t bins)
      : memory(channels * (SketchWords::kHead + bins)), words{memory.data(), channels, bins} {}
  OwnSketch(OwnSketch&&) = delete;
};

void check_same_words(const SketchWords& actual, size_t channel, const OwnSketch& expected) {
  check_same(actual.channel(channel), expected.memory.data(), expected.memory.size());
}

/// One value at a time: nothing of a kernel's vectors, of blocks or of copies.
void observe_singly(const KernelSet& set, const std::vector<float>& x, const SketchWords& words) {
  for (const float& value : x) REQUIRE(observe_sketch(set, {&value, 1, 1, 1}, words).ok());
}

}  // namespace

TEST_CASE("sketches of whole arrays are those of their values taken singly, on every kernel set") {
  const KernelSet& scalar = *available_kernel_sets().back();
  for (const KernelSet* set : available_kernel_sets())
    for (const size_t count : {0u, 1u, 15u, 300u, 9000u}) {
      CAPTURE(set->name);
      CAPTURE(count);
      Generator random(static_cast<uint32_t>(count));
      const std::vector<float> x = special_floats(random, count);
      OwnSketch whole(1, 64), single(1, 64);
      REQUIRE(observe_sketch(*set, {x.data(), count, 1, 1}, whole.words).ok());
      observe_singly(scalar, x, single.words);
      check_same_words(whole.words, 0, single);
    }
}

TEST_CASE("the smallest values have bins, and the largest") {
  for (const KernelSet* set : available_kernel_sets())
    for (const int exponent : {-149, -140, -110, -105, -101, -100, -99, -90, 0, 126, 127}) {
      CAPTURE(set->name);
      CAPTURE(exponent);
      std::vector<float> x(5000, std::ldexp(-1.0f, exponent));
      x[0] = 0;
      OwnSketch sketch(1, 16);
      REQUIRE(observe_sketch(*set, {x.data(), x.size(), 1, 1}, sketch.words).ok());
      const uint64_t* counts = sketch.memory.data() + SketchWords::kHead;
      CHECK(sketch.memory[4] == static_cast<uint64_t>(exponent + 150));
      CHECK(counts[8] == 1);
      CHECK(counts[8 - 1 - 4] == 4999);  // half of R is half of the bins away
    }
}

TEST_CASE("channels along any axis, in short runs and long ones, are those of their values alone") {
  for (const KernelSet* set : available_kernel_sets())
    for (const size_t channels : {2u, 16u, 21u})
      for (const size_t inner : {1u, 7u, 1024u}) {
        CAPTURE(set->name);
        CAPTURE(channels);
        CAPTURE(inner);
        Generator random(static_cast<uint32_t>(channels + inner));
        const size_t outer = inner == 1 ? 2100 : 3;
        const std::vector<float> x = special_floats(random, outer * channels * inner);
        OwnSketch sketch(channels, 32);
        REQUIRE(observe_sketch(*set, {x.data(), x.size(), channels, inner}, sketch.words).ok());
        for (size_t c = 0; c < channels; ++c) {
          std::vector<float> own;
          for (size_t i = 0; i < x.size(); ++i)
            if (i / inner % channels == c) own.push_back(x[i]);
          OwnSketch alone(1, 32);
          REQUIRE(observe_sketch(*set, {own.data(), own.size(), 1, 1}, alone.words).ok());
          check_same_words(sketch.words, c, alone);
        }
      }
}

TEST_CASE("threads leave no trace in a sketch") {
  Generator random(3);
  std::vector<float> x = float_values(random, 1'100'000);
  for (size_t i = 0; i < x.size(); i += 1000) x[i] = std::ldexp(x[i], static_cast<int>(i / 1000 % 200) - 100);
  const KernelSet& set = active_kernel_set();
  const size_t before = ThreadPool::instance().threads();
  for (const size_t channels : {1u, 5u, 40u}) {
    OwnSketch one(channels, 256), four(channels, 256);
    const ChannelView view = {x.data(), x.size(), channels, channels == 5 ? size_t{2000} : size_t{1}};
    ThreadPool::instance().set_threads(1);
    REQUIRE(observe_sketch(set, view, one.words).ok());
    ThreadPool::instance().set_threads(4);
    REQUIRE(observe_sketch(set, view, four.words).ok());
    check_same(one.memory.data(), four.memory.data(), one.memory.size());
  }
  ThreadPool::instance().set_threads(before);
}

TEST_CASE("sketches that cannot be are refused, and stay as they were") {
  const KernelSet& set = active_kernel_set();
  OwnSketch sketch(2, 8), other(2, 8);
  for (const size_t bins : {size_t{0}, size_t{1}, size_t{12}, size_t{1} << 21})
    CHECK(check_sketch({sketch.memory.data(), 0, bins}).code == Code::kRange);
  CHECK(check_sketch(sketch.words).ok());
  sketch.words.channel(1)[4] = SketchWords::kMostWidth + 1;
  CHECK(check_sketch(sketch.words).code == Code::kRange);
  sketch.words.channel(1)[4] = 0;

  const std::vector<float> x(6, 1);
  CHECK(observe_sketch(set, {x.data(), 5, 2, 1}, sketch.words).code == Code::kShape);
  CHECK(observe_sketch(set, {x.data(), 6, 2, 2}, sketch.words).code == Code::kShape);
  CHECK(observe_sketch(set, {x.data(), 6, 2, SIZE_MAX}, sketch.words).code == Code::kShape);
  const auto blocks_of = [&](size_t count, size_t axis, size_t inner, size_t block) {
    return observe_blocks(set, {x.data(), count, axis, inner, block}, sketch.words).code;
  };
  for (const auto& [count, axis, inner, block] : std::vector<std::array<size_t, 4>>{{6, 6, 1, 0},
                                                                                    {6, 0, 1, 3},
                                                                                    {6, 6, 0, 3},
                                                                                    {6, 4, 1, 2},
                                                                                    {6, 6, 1, 2},
                                                                                    {6, 6, SIZE_MAX, 3},
                                                                                    {6, SIZE_MAX, 1, 3}})
    CHECK(blocks_of(count, axis, inner, block) == Code::kShape);
  CHECK(sketch.memory == std::vector<uint64_t>(sketch.memory.size()));
  REQUIRE(observe_sketch(set, {x.data(), 6, 2, 3}, other.words).ok());
  sketch.words.channel(1)[0] = ~uint64_t{0} - 2;
  const std::vector<uint64_t> kept = sketch.memory;
  CHECK(merge_sketch(sketch.words, other.words).code == Code::kRange);
  check_same(sketch.memory.data(), kept.data(), kept.size());
}
