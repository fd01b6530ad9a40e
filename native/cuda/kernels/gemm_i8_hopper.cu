// int8 GEMM for compute capability 9.0 alone.
#include "cuda/device/gemm_i8_wgmma.h"

namespace octavo::device {
namespace {

/// The warp that brings what epilogues need.
OCTAVO_DEVICE void bring_all_values(const GemmI8WgmmaOperands& o, const GemmI8Result& result, const WgmmaShared& s) {
  ValuePlace place;
  for_own_tiles(o, [&](const TilePlace& tile) {
    wait_for_phase(s.values_empty(place.at), place.parity ^ 1);
    bring_values(s.values(place.at), result, tile, threadIdx.x % 32, 32);
    arrive(s.values_full(place.at));
    place.advance();
  });
}

/// A warp group that multiplies.
template <bool kSigned>
OCTAVO_DEVICE void multiply_all(const GemmI8WgmmaOperands& o, const GemmI8Result& result, const WgmmaShared& s) {
  StagePlace place;
  ValuePlace value_place;
  for_own_tiles(o, [&](const TilePlace& tile) {
    int32_t sums[128];
    multiply_tile<kSigned>(sums, o, s, place);
    wait_for_phase(s.values_full(value_place.at), value_place.parity);
    store_sums(sums, result, s.values(value_place.at), tile, s.slice(static_cast<int>(threadIdx.x) / 32 - 4));
    __syncwarp();  // the whole warp has read the values
    if (threadIdx.x % 32 == 0) arrive(s.values_empty(value_place.at));
    value_place.advance();
  });
}

/// Computes C tile by tile. k is at least 1.
template <bool kSigned>
OCTAVO_DEVICE void gemm_i8_wgmma(const GemmI8WgmmaOperands& o, const GemmI8Result& result, uint8_t* shared) {
  const WgmmaShared s{shared, shared_address(shared)};
  if (threadIdx.x == 0) s.create_barriers();
  cluster_barrier();

  // One branch for each role, for all of its tiles: only so does the compiler let registers change hands.
  if (threadIdx.x < 128) {
    give_registers<40>();
    if (threadIdx.x == 0) {
      StagePlace place;
      for_own_tiles(o, [&](const TilePlace& tile) { bring_tile(o, s, tile, place); });
    }
    if (threadIdx.x / 32 == 1) bring_all_values(o, result, s);
    __syncwarp();  // what follows is for whole warps
  } else {
    take_registers<232>();
    multiply_all<kSigned>(o, result, s);
  }
  cluster_barrier();  // nobody leaves while others send to it
}

}  // namespace

#define OCTAVO_GEMM_I8_WGMMA(name, is_signed)                                                        \
  OCTAVO_RESIDENT_KERNEL(name, WgmmaTile::kThreads, 1)                                               \
  (size_t m, size_t n, size_t k, OCTAVO_GRID_CONSTANT TensorMap a, OCTAVO_GRID_CONSTANT TensorMap w, \
   const GemmI8Result result) {                                                                      \
    OCTAVO_SHARED(shared);                                                                           \
    gemm_i8_wgmma<is_signed>({m, n, k, &a, &w}, result, shared);                                     \
  }                                                                                                  \
  OCTAVO_REGISTER(name)

OCTAVO_GEMM_I8_WGMMA(gemm_i8_s8_wgmma, true)
OCTAVO_GEMM_I8_WGMMA(gemm_i8_u8_wgmma, false)

}  // namespace octavo::device
