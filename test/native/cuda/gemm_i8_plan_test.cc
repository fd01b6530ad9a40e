// Which kernel takes which int8 product, and that its blocks cover it.
#include "cuda/gemm_i8_plan.h"

#include <climits>

#include <doctest/doctest.h>

using namespace octavo::cuda;

namespace {

DeviceInfo gpu_of(int major, int minor, int multiprocessors, size_t shared_kilobytes) {
  DeviceInfo info;
  info.major = major;
  info.minor = minor;
  info.multiprocessors = multiprocessors;
  info.shared_bytes = shared_kilobytes << 10;
  return info;
}

const DeviceInfo kH200 = gpu_of(9, 0, 132, 227), kA100 = gpu_of(8, 0, 108, 163), kL4 = gpu_of(8, 9, 58, 99),
                 kT4 = gpu_of(7, 5, 40, 64);

std::string name_of(const GemmI8Plan& plan) { return plan.tiling == nullptr ? "none" : plan.tiling->name; }

GemmI8Plan best(const DeviceInfo& info, size_t m, size_t n, size_t k) {
  return plan_gemm_i8(info, m, n, k, GemmI8Path::kOwn);
}

}  // namespace

TEST_CASE("few rows stream the weights, large products use the largest tiles that fill the GPU") {
  CHECK(name_of(best(kH200, 1, 8192, 8192)) == "few");
  CHECK(name_of(best(kH200, 16, 8192, 8192)) == "few");
  CHECK(name_of(best(kH200, 4096, 4096, 4096)) == "wgmma");
  CHECK(name_of(best(kH200, 8192, 8192, 8192)) == "wgmma");
  CHECK(name_of(best(kA100, 8192, 8192, 8192)) == "large");
  CHECK(name_of(best(kT4, 4096, 4096, 4096)) == "large");
  CHECK(name_of(best(kH200, 64, 64, 64)) == "small");
}

TEST_CASE("every multiprocessor has work where few rows meet a large matrix") {
  for (const DeviceInfo& info : {kH200, kA100, kL4, kT4}) {
    const GemmI8Plan plan = best(info, 1, 8192, 8192);
    CHECK(plan.blocks % static_cast<size_t>(info.multiprocessors) == 0);
    CHECK(plan.merges);
  }
  CHECK(best(kH200, 1, 8192, 8192).blocks == 264);
  CHECK(best(kL4, 1, 8192, 8192).blocks == 58);
}

TEST_CASE("between few and many rows, blocks share tiles until the GPU is full") {
  for (const size_t m : {17, 32, 64, 128, 256}) {
    const GemmI8Plan plan = best(kH200, m, 4096, 8192);
    INFO("m ", m, " ", name_of(plan), " ", plan.tiles, " tiles, ", plan.splits, " splits");
    CHECK(plan.tiles * plan.splits >= 132 / 2);
    CHECK(plan.merges == (plan.splits > 1));
  }
}

TEST_CASE("no block is without work, and no part of k shorter than pays") {
  for (const DeviceInfo& info : {kH200, kA100, kL4, kT4})
    for (const size_t m : {1, 16, 17, 100, 1000})
      for (const size_t n : {1, 65, 1000, 5000})
        for (const size_t k : {0, 1, 64, 1000, 20000}) {
          const GemmI8Plan plan = best(info, m, n, k);
          REQUIRE(plan.tiling != nullptr);
          CHECK(plan.blocks > 0);
          CHECK(plan.splits >= 1);
          if (plan.splits > 1) CHECK(k / plan.splits >= 3 * plan.tiling->depth);
          if (plan.tiling->path == GemmI8Path::kFew)
            CHECK(plan.blocks <= plan.tiles * std::max<size_t>(1, (k + 63) / 64));
        }
}

TEST_CASE("a path is taken where the shape and the GPU allow it") {
  CHECK(name_of(plan_gemm_i8(kH200, 17, 64, 64, GemmI8Path::kFew)) == "none");
  CHECK(name_of(plan_gemm_i8(kA100, 512, 512, 512, GemmI8Path::kWgmma)) == "none");
  CHECK(name_of(plan_gemm_i8(kH200, 512, 512, 0, GemmI8Path::kWgmma)) == "none");
  CHECK(name_of(plan_gemm_i8(kH200, 512, 512, size_t{INT_MAX} + 1, GemmI8Path::kWgmma)) == "none");
  for (const GemmI8Tiling& tiling : gemm_i8_tilings())
    CHECK(name_of(plan_gemm_i8(kH200, 1, 512, 512, tiling.path)) == tiling.name);
}
