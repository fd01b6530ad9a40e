// Rotation, codes and scales against the golden vectors, and what must hold for every vector.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "core/split_mix.h"
#include "dispatch/dispatch.h"
#include "ops/turbo_encode.h"
#include "random_values.h"

using namespace octavo;
using namespace octavo_test;

namespace {

const KernelSet& scalar() { return *available_kernel_sets().back(); }

TurboRotation make_rotation(size_t dim, uint64_t seed, size_t rounds = 0) {
  TurboRotation rotation;
  REQUIRE(TurboRotation::make(dim, seed, rounds, &rotation).ok());
  return rotation;
}

struct Encoded {
  std::vector<uint8_t> codes;
  std::vector<float> scales;
  Status status;

  Encoded(const KernelSet& set, const TurboRotation& rotation, const TurboFormat& format, const std::vector<float>& x) {
    const size_t rows = x.size() / rotation.dim(), stride = code_bytes(format.bits, rotation.dim());
    codes.resize(rows * stride + kCodeSlackBytes);
    scales.resize(rows);
    status =
        encode_rows(set, rotation, format, {x.data(), rotation.dim(), rows}, {codes.data(), stride, scales.data()});
    codes.resize(rows * stride);
  }
};

std::string hex(const std::vector<uint8_t>& bytes) {
  std::string text;
  for (const uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

const std::vector<float> kEight = {1, -2, 3, 0.5f, -0.25f, 4, -1, 2};

std::vector<float> sine() {
  std::vector<float> x(128);
  for (int i = 0; i < 128; ++i)
    x[static_cast<size_t>(i)] = static_cast<float>(std::sin(0.37 * (i + 1)) * (1 + 0.01 * i));
  return x;
}

constexpr TurboScale kKinds[] = {TurboScale::kPaper, TurboScale::kMatchedNorm, TurboScale::kMinMse,
                                 TurboScale::kUnbiased};

void check_scales(const TurboRotation& rotation, size_t bits, const std::vector<float>& x,
                  const double (&expected)[4]) {
  for (size_t kind = 0; kind < 4; ++kind) {
    const Encoded encoded(scalar(), rotation, {bits, kKinds[kind], ScaleType::kFloat32}, x);
    CHECK(encoded.scales[0] == doctest::Approx(expected[kind]).epsilon(1e-6));
  }
}

}  // namespace

TEST_CASE("SplitMix64 gives the golden words") {
  SplitMix64 stream(42);
  CHECK(stream.next() == 0xbdd732262feb6e95u);
  CHECK(stream.next() == 0x28efe333b266f103u);
  CHECK(stream.next() == 0x47526757130f9f52u);
}

TEST_CASE("a vector of 8 has the golden codes and scales after one round") {
  const TurboRotation rotation = make_rotation(8, 42, 1);
  const uint8_t four[] = {5, 4, 12, 7, 3, 8, 3, 13}, two[] = {1, 1, 3, 1, 0, 2, 0, 3};
  const Encoded of4(scalar(), rotation, {4, TurboScale::kPaper, ScaleType::kFloat32}, kEight);
  const Encoded of2(scalar(), rotation, {2, TurboScale::kPaper, ScaleType::kFloat32}, kEight);
  for (size_t i = 0; i < 8; ++i) {
    CHECK((of4.codes[i / 2] >> i % 2 * 4 & 15) == four[i]);
    CHECK((of2.codes[i / 4] >> i % 4 * 2 & 3) == two[i]);
  }
  check_scales(rotation, 4, kEight, {2.100967, 2.014125, 2.009063, 2.019200});
  check_scales(rotation, 2, kEight, {2.100967, 1.884305, 1.798628, 1.974064});
}

TEST_CASE("a vector of 128 has the golden bytes and scales after two rounds") {
  const TurboRotation rotation = make_rotation(128, 42);
  const auto bytes = [&](size_t bits) {
    return hex(Encoded(scalar(), rotation, {bits, TurboScale::kPaper, ScaleType::kFloat32}, sine()).codes);
  };
  CHECK(bytes(1) == "3c4befd77ffb8f3338a8c5ae66741f89");
  CHECK(bytes(2) == "a55a9f65eff87ea7aa6f8abaead51b5e905ec5c973a4bc996969256bbe47d694");
  CHECK(bytes(4) ==
        "578aab46cea6744accdba2ccc97b7ba98ab9ec6899a389ae89e857d68f34d84631a6d97667c2a6d44d7c6398d38d97b58679a65876489e"
        "6abb"
        "8e7c5168e561a7");
  check_scales(rotation, 4, sine(), {1.177230, 1.178887, 1.173485, 1.184314});
  check_scales(rotation, 1, sine(), {1.177230, 1.475439, 1.149432, 1.893909});
}

TEST_CASE("the rotation keeps lengths and is undone") {
  for (const size_t dim : {8u, 9u, 15u, 64u, 100u, 128u, 300u, 768u, 1000u, 4096u, 16383u, 16384u}) {
    CAPTURE(dim);
    const TurboRotation rotation = make_rotation(dim, 7);
    Generator random(static_cast<uint32_t>(dim));
    const std::vector<float> x = float_values(random, 3 * dim, -1, 1);
    std::vector<float> y(3 * dim), back(3 * dim);
    REQUIRE(rotation.forward(scalar(), {x.data(), dim, 3}, {y.data(), dim, 3}).ok());
    REQUIRE(rotation.backward(scalar(), {y.data(), dim, 3}, {back.data(), dim, 3}).ok());
    double before = 0, after = 0, moved = 0, error = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      before += static_cast<double>(x[i]) * x[i];
      after += static_cast<double>(y[i]) * y[i];
      moved = std::max(moved, std::fabs(static_cast<double>(x[i]) - y[i]));
      error = std::max(error, std::fabs(static_cast<double>(x[i]) - back[i]));
    }
    CHECK(after == doctest::Approx(before).epsilon(1e-5));
    CHECK(error < 1e-5);
    CHECK(moved > 0.1);
  }
}

TEST_CASE("codes do not depend on powers of two, and scales follow them") {
  const TurboRotation rotation = make_rotation(128, 3);
  Generator random(1);
  const std::vector<float> x = float_values(random, 128, -1, 1);
  const TurboFormat format = {3, TurboScale::kMatchedNorm, ScaleType::kFloat32};
  const Encoded plain(scalar(), rotation, format, x);
  for (const float power : {0x1p-100f, 0x1p-20f, 0x1p60f, 0x1p120f}) {
    std::vector<float> scaled = x;
    for (float& value : scaled) value *= power;
    const Encoded other(scalar(), rotation, format, scaled);
    CHECK(other.codes == plain.codes);
    CHECK(other.scales[0] == plain.scales[0] * power);
  }
}

TEST_CASE("zeros have the scale 0; what is not finite, and scales that do not fit, are refused with their row") {
  const TurboRotation rotation = make_rotation(16, 3);
  const TurboFormat format = {2, TurboScale::kUnbiased, ScaleType::kFloat16};
  std::vector<float> x(3 * 16, 0.0f);
  const Encoded zeros(scalar(), rotation, format, x);
  CHECK(zeros.status.ok());
  CHECK(zeros.scales == std::vector<float>(3, 0.0f));
  CHECK(zeros.codes == std::vector<uint8_t>(12, 0x55));
  for (const float bad : {NAN, INFINITY, -INFINITY, 1e6f}) {
    x[2 * 16 + 5] = bad;
    const Status status = Encoded(scalar(), rotation, format, x).status;
    CHECK(status.code == Code::kRange);
    CHECK(status.message.find("row 2") != std::string::npos);
  }
  CHECK(Encoded(scalar(), rotation, {2, TurboScale::kUnbiased, ScaleType::kFloat32}, x).status.ok());
}
