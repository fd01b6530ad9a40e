// The intrinsics of AMX tiles, also where the compiler's own cannot be assembled.
#pragma once

#include <immintrin.h>

#include <cstddef>

#if defined(__MINGW32__) && !defined(__clang__)
// GCC makes the stride a long, which has 32 bits here: half the register that the instruction takes.
#undef _tile_loadd
#undef _tile_stored
#define _tile_loadd(tile, base, stride) \
  asm volatile("tileloadd (%0,%1,1), %%tmm" #tile ::"r"(base), "r"(static_cast<size_t>(stride)))
#define _tile_stored(tile, base, stride) \
  asm volatile("tilestored %%tmm" #tile ", (%0,%1,1)" ::"r"(base), "r"(static_cast<size_t>(stride)) : "memory")
#endif
