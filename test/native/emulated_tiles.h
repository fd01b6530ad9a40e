// AMX tiles in plain C++, for CPUs without them: the instructions' effects, and an exception where they would fault.
// Include it before the kernel's source: the names of the intrinsics then stand for these functions.
#pragma once

#include <cstddef>
#include <stdexcept>

#include "kernels/gemm_i8/gemm_i8_tiles_amx.h"

namespace octavo_test {

/// What a CPU answers with #GP or #UD.
struct TileFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The tiles of the calling thread.
void load_tile_config(const void* config);
void release_tiles();
void zero_tile(int tile);
void load_tile(int tile, const void* base, size_t stride_bytes);
void store_tile(int tile, void* base, size_t stride_bytes);
/// sums += a · b: rows of `a` u8, or s8 if `a_signed`, four values at a time with the columns of `b`, s8; wrapping.
void add_tile_product(int sums, int a, int b, bool a_signed);

/// True while the calling thread has configured tiles.
bool tiles_in_use();

}  // namespace octavo_test

#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbusd
#undef _tile_dpbssd
#define _tile_loadconfig octavo_test::load_tile_config
#define _tile_release octavo_test::release_tiles
#define _tile_zero octavo_test::zero_tile
#define _tile_loadd octavo_test::load_tile
#define _tile_stored octavo_test::store_tile
#define _tile_dpbusd(sums, a, b) octavo_test::add_tile_product(sums, a, b, false)
#define _tile_dpbssd(sums, a, b) octavo_test::add_tile_product(sums, a, b, true)
