// The AMX kernel's own source, with emulated tiles in the place of the CPU's, as kGemmI8AmxEmulated.
#include "emulated_tiles.h"
#define kGemmI8Amx kGemmI8AmxEmulated
#include "kernels/gemm_i8/gemm_i8_amx.cc"
