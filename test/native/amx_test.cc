// AMX without a CPU that has it: the emulated tiles fault where real ones do, the kernel leaves none behind, and the
// set is chosen only where the CPU and the system both offer tiles.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "dispatch/cpu_features.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

#ifdef OCTAVO_EMULATED_AMX

#include "emulated_tiles.h"

namespace {

/// The 64 bytes of a configuration: tile 0 2 x 8 (sums), 1 2 x 12 (a), 2 3 x 8 (b).
struct Config {
  std::array<uint8_t, 64> bytes = {};

  Config() {
    bytes[0] = 1;
    set(0, 2, 8);
    set(1, 2, 12);
    set(2, 3, 8);
  }
  Config& set(size_t tile, uint8_t rows, uint8_t row_bytes) {
    bytes[16 + 2 * tile] = row_bytes;
    bytes[48 + tile] = rows;
    return *this;
  }
  void load() const { load_tile_config(bytes.data()); }
};

}  // namespace

TEST_CASE("emulated tiles multiply as the instructions do") {
  Config().load();
  const uint8_t a[2][12] = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128}};
  int8_t b[3][8];
  for (int p = 0; p < 12; ++p)
    for (int j = 0; j < 2; ++j) b[p / 4][4 * j + p % 4] = static_cast<int8_t>(j == 0 ? 1 : -p);
  int32_t sums[2][2];
  load_tile(1, a, sizeof a[0]);
  load_tile(2, b, sizeof b[0]);
  for (const bool a_signed : {false, true}) {
    zero_tile(0);
    add_tile_product(0, 1, 2, a_signed);
    add_tile_product(0, 1, 2, a_signed);
    store_tile(0, sums, sizeof sums[0]);
    CHECK(sums[0][0] == 2 * 78);
    CHECK(sums[0][1] == -2 * 572);
    CHECK(sums[1][0] == 2 * (a_signed ? -129 : 383));
    CHECK(sums[1][1] == -2 * (a_signed ? -128 * 11 : 128 * 11));
  }
  release_tiles();
}

TEST_CASE("emulated tiles fault where real ones do") {
  CHECK_THROWS_AS(Config().set(0, 17, 8).load(), TileFault);
  CHECK_THROWS_AS(Config().set(0, 2, 65).load(), TileFault);
  CHECK_THROWS_AS(Config().set(3, 2, 0).load(), TileFault);
  CHECK_THROWS_AS(Config().set(3, 0, 4).load(), TileFault);
  CHECK_THROWS_AS(Config().set(8, 1, 4).load(), TileFault);
  Config wrong;
  wrong.bytes[0] = 2;
  CHECK_THROWS_AS(wrong.load(), TileFault);
  wrong.bytes[0] = 1;
  wrong.bytes[5] = 1;
  CHECK_THROWS_AS(wrong.load(), TileFault);
  release_tiles();
  CHECK_THROWS_AS(zero_tile(0), TileFault);
  Config().load();
  CHECK_NOTHROW(zero_tile(0));
  CHECK_THROWS_AS(zero_tile(3), TileFault);
  CHECK_NOTHROW(add_tile_product(0, 1, 2, false));
  CHECK_THROWS_AS(add_tile_product(0, 2, 1, false), TileFault);
  CHECK_THROWS_AS(add_tile_product(0, 0, 2, false), TileFault);
  Config().set(1, 3, 12).load();
  CHECK_THROWS_AS(add_tile_product(0, 1, 2, false), TileFault);
  Config().set(2, 3, 12).load();
  CHECK_THROWS_AS(add_tile_product(0, 1, 2, false), TileFault);
  Config().set(1, 2, 8).load();
  CHECK_THROWS_AS(add_tile_product(0, 1, 2, false), TileFault);
  release_tiles();
}

TEST_CASE("no tile outlives a strip, and the set for few rows packs in the same way") {
  for (const KernelSet* set : tested_kernel_sets()) {
    if (set->few_rows_set == nullptr) continue;
    const GemmI8Kernel &kernel = *set->gemm_i8, &few = *set->few_rows_set->gemm_i8;
    CHECK(kernel.nr == few.nr);
    CHECK(kernel.kr == few.kr);
    CHECK(&kernel_set_for_rows(*set, set->few_rows - 1) == set->few_rows_set);
    CHECK(&kernel_set_for_rows(*set, set->few_rows) == set);
    alignas(64) const int8_t b[16 * 4] = {};
    const uint8_t a[4] = {};
    int32_t c[1] = {1};
    const GemmI8Epilogue epilogue;
    kernel.run({1, 1, 4, a, 4, b, OutputType::kInt32, c, 1, &epilogue, {}, false});
    CHECK(c[0] == 0);
    CHECK_FALSE(tiles_in_use());
  }
}

#endif

namespace {

int times_asked = 0;

bool agree() {
  ++times_asked;
  return true;
}

bool refuse() {
  ++times_asked;
  return false;
}

/// A CPU with everything, on a system that saves everything.
X86Report full_report() {
  X86Report report = {};
  report.basic.ecx = 1u << 29 | 1u << 27 | 1u << 12;
  report.extended = {1, 1u << 5 | 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31, 1u << 11, 1u << 24 | 1u << 25};
  report.extended1.eax = 1u << 4;
  report.tiles = {1024u << 16 | 8192u, 8u << 16 | 64u, 16u, 0};
  report.saved_states = 0x602E7;
  report.permit_tiles = agree;
  return report;
}

constexpr uint32_t kBelowAmx = kCpuAvx2 | kCpuAvxVnni | kCpuAvx512 | kCpuAvx512Vnni;

}  // namespace

TEST_CASE("AMX needs the CPU's word, saved tiles and the system's permission") {
  times_asked = 0;
  CHECK(features_of(full_report()) == (kBelowAmx | kCpuAmxInt8));
  CHECK(times_asked == 1);
  X86Report refused = full_report();
  refused.permit_tiles = refuse;
  CHECK(features_of(refused) == kBelowAmx);
  CHECK(times_asked == 2);
  const auto lacks_amx = [](auto change) {
    X86Report report = full_report();
    change(report);
    return features_of(report) == kBelowAmx;
  };
  CHECK(lacks_amx([](X86Report& r) { r.saved_states = 0xE7; }));
  CHECK(lacks_amx([](X86Report& r) { r.saved_states = 0x202E7; }));
  CHECK(lacks_amx([](X86Report& r) { r.saved_states = 0x402E7; }));
  CHECK(lacks_amx([](X86Report& r) { r.extended.edx = 1u << 24; }));
  CHECK(lacks_amx([](X86Report& r) { r.extended.edx = 1u << 25; }));
  CHECK(lacks_amx([](X86Report& r) { r.tiles = {}; }));
  CHECK(lacks_amx([](X86Report& r) { r.tiles.ecx = 8; }));
  CHECK(times_asked == 2);  // nobody was asked for what the CPU does not have
}

TEST_CASE("wide registers need a system that saves them") {
  X86Report report = full_report();
  report.saved_states = 0x7;
  CHECK(features_of(report) == (kCpuAvx2 | kCpuAvxVnni));
  report.saved_states = 0x3;
  CHECK(features_of(report) == 0);
  report = full_report();
  report.basic.ecx = 1u << 29 | 1u << 12;
  CHECK(features_of(report) == 0);
}
