// Weights files between the kernel sets of a machine, the golden ones among them, and the checksum.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "core/random_id.h"
#include "dispatch/dispatch.h"
#include "ops/checksum.h"
#include "ops/gemm_i8.h"
#include "ops/unpack.h"
#include "ops/weights_file.h"
#include "random_values.h"

using namespace octavo;
using namespace octavo_test;

namespace {

/// A file that is gone when the test is over.
class TemporaryFile {
 public:
  TemporaryFile() : path_((std::filesystem::temp_directory_path() / ("octavo-" + random_id())).string()) {}
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }
  std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string path_;
};

constexpr size_t kM = 3;

std::vector<int32_t> multiply(const KernelSet& set, const PackedInt8& weights) {
  Generator random(7);
  const std::vector<int32_t> values = int_values(random, kM * weights.k, -128, 127);
  const std::vector<int8_t> a(values.begin(), values.end());
  std::vector<int32_t> c(kM * weights.n);
  REQUIRE(matmul_i8(set, {ActivationType::kInt8, a.data(), kM, weights.k, {}}, weights, {}, {}, c.data()).ok());
  return c;
}

void pack(const KernelSet& set, const std::vector<int32_t>& values, const PackSource& source, PackedInt8* packed) {
  const std::vector<int8_t> b(values.begin(), values.end());
  REQUIRE(pack_int8(set, b.data(), source, packed).ok());
}

/// The weights of the golden file, as test/storage makes them.
std::vector<int32_t> golden_values(size_t k, size_t n) {
  std::vector<int32_t> values(k * n);
  for (size_t p = 0; p < k; ++p)
    for (size_t j = 0; j < n; ++j) values[p * n + j] = static_cast<int32_t>((p * 37 + j * 11) % 256) - 128;
  return values;
}

}  // namespace

TEST_CASE("XXH64 equals its published values") {
  CHECK(xxh64("", 0) == 0xEF46DB3751D8E999);
  CHECK(xxh64("a", 1) == 0xD24EC4F1A98C6E5B);
  CHECK(xxh64("abc", 3) == 0x44BC2CF5AD770999);
  const std::string text = "Nobody inspects the spammish repetition";
  CHECK(xxh64(text.data(), text.size()) == 0xFBCEA83C8A378BF1);
}

TEST_CASE("weights that one kernel set saved are loaded by every other") {
  for (const auto& [k, n] : {std::pair<size_t, size_t>{0, 3}, {1, 1}, {15, 8}, {16, 9}, {17, 16}, {50, 33}})
    for (const KernelSet* from : available_kernel_sets())
      for (const KernelSet* to : available_kernel_sets()) {
        CAPTURE(from->name);
        CAPTURE(to->name);
        Generator random(static_cast<uint32_t>(k));
        const std::vector<int32_t> values = int_values(random, k * n, -128, 127);
        PackedInt8 saved, loaded, expected;
        pack(*from, values, {k, n, false}, &saved);
        pack(*to, values, {k, n, false}, &expected);
        const TemporaryFile file, again, fresh;
        REQUIRE(save_weights(*from, saved, file.path()).ok());
        REQUIRE(load_weights(*to, file.path(), FileAccess::kMap, &loaded).ok());
        CHECK(multiply(*to, loaded) == multiply(*from, saved));
        REQUIRE(save_weights(*to, loaded, again.path()).ok());
        REQUIRE(save_weights(*to, expected, fresh.path()).ok());
        CHECK(again.bytes() == fresh.bytes());
      }
}

TEST_CASE("every kernel set loads the golden files") {
  const std::string folder = std::string(OCTAVO_SOURCE_FOLDER) + "/test/storage/golden/";
  for (const KernelSet* set : available_kernel_sets()) {
    CAPTURE(set->name);
    PackedInt8 loaded, expected;
    REQUIRE(load_weights(*set, folder + "packed_weights_1.octavo", FileAccess::kRead, &loaded).ok());
    pack(*set, golden_values(10, 19), {10, 19, false}, &expected);
    CHECK(multiply(*set, loaded) == multiply(*set, expected));
    QuantizedLinear layer;
    REQUIRE(load_layer(*set, folder + "quantized_linear_1.octavo", FileAccess::kRead, &layer).ok());
    CHECK(layer.output() == OutputType::kInt8);
    CHECK(layer.spec().bias[4] == -2.0f);
  }
}

TEST_CASE("packed weights can be unpacked") {
  for (const KernelSet* set : available_kernel_sets())
    for (const size_t n : {1, 15, 16, 17, 40})
      for (const size_t k : {0, 1, 4, 17}) {
        Generator random(static_cast<uint32_t>(n));
        const std::vector<int32_t> values = int_values(random, n * k, -128, 127);
        const std::vector<int8_t> bytes(values.begin(), values.end());
        const std::vector<float> floats(values.begin(), values.end());
        PackedInt8 packed;
        PackedFloat32 packed_floats;
        REQUIRE(pack_int8(*set, bytes.data(), {k, n, true}, &packed).ok());
        REQUIRE(pack_float32(*set, floats.data(), {k, n, true}, &packed_floats).ok());
        std::vector<int8_t> found(n * k);
        std::vector<float> found_floats(n * k);
        unpack_int8(packed.panels.as<int8_t>(), {k, n, set->gemm_i8->nr, set->gemm_i8->kr}, found.data());
        unpack_float32(*set, packed_floats, found_floats.data());
        CHECK(found == bytes);
        CHECK(found_floats == floats);
      }
}

TEST_CASE("memory of weights is counted as long as somebody has it") {
  const size_t before = WeightMemory::total_bytes();
  {
    WeightMemory memory;
    REQUIRE(memory.allocate(1000));
    CHECK(WeightMemory::total_bytes() == before + 1000);
    REQUIRE(memory.allocate(10));
    CHECK(WeightMemory::total_bytes() == before + 10);
    const auto lent = std::make_shared<int>(3);
    memory.borrow(lent, sizeof(int));
    CHECK(WeightMemory::total_bytes() == before);
    CHECK(lent.use_count() == 2);
    REQUIRE(memory.allocate(7));
    CHECK(lent.use_count() == 1);
  }
  CHECK(WeightMemory::total_bytes() == before);
}
