// Peak of AMX: `tdpbusd` of whole tiles on 6 independent tiles of sums. Floats and reads are those of AVX-512.
#include "kernels/gemm_i8/gemm_i8_tiles_amx.h"
#include "kernels/peak/peak.h"

namespace octavo {
namespace {

constexpr size_t kChains = 6, kTileRows = 16, kRowBytes = 64;

/// The operand of `ldtilecfg`, palette 1: eight whole tiles.
struct alignas(64) WholeTiles {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};

  WholeTiles() {
    for (size_t tile = 0; tile < 8; ++tile) rows[tile] = kTileRows, row_bytes[tile] = kRowBytes;
  }
};

/// GCC does not see what tile instructions read: everything must have been written by then.
inline void finish_writes() { asm volatile("" ::: "memory"); }

/// One round is 16 cycles an instruction, so that it takes the time of several rounds of other kernel sets.
double peak_int8(size_t iterations) {
  alignas(64) uint8_t ones[kTileRows * kRowBytes];
  for (uint8_t& one : ones) one = 1;
  const WholeTiles config;
  finish_writes();
  _tile_loadconfig(&config);
  _tile_loadd(6, ones, kRowBytes);
  _tile_loadd(7, ones, kRowBytes);
  const size_t rounds = iterations / 8 + 1;
  for (size_t i = 0; i < rounds; ++i) {
    _tile_dpbusd(0, 6, 7);
    _tile_dpbusd(1, 6, 7);
    _tile_dpbusd(2, 6, 7);
    _tile_dpbusd(3, 6, 7);
    _tile_dpbusd(4, 6, 7);
    _tile_dpbusd(5, 6, 7);
  }
  _tile_release();
  return 2.0 * kTileRows * kTileRows * kRowBytes * kChains * static_cast<double>(rounds);
}

// Through functions: initializing a table from another one could run code for this CPU alone when the program starts.
double peak_float32(size_t iterations) { return kPeakAvx512vnni.float32(iterations); }

uint64_t read_bytes(const uint8_t* source, size_t bytes) { return kPeakAvx512vnni.read(source, bytes); }

}  // namespace

const PeakKernel kPeakAmx = {peak_int8, peak_float32, read_bytes};

}  // namespace octavo
