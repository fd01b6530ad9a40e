// Products with 8-bit weights in groups: two runs of the int4 GEMM.
#pragma once

#include "ops/gemm_i4.h"
#include "ops/pack_int8_groups.h"

namespace octavo {

/// c = act((low + bias) + (high + residual)), low and high the scaled products of kernels/gemm_i4/gemm_i4.h with the
/// planes, each times its row's scale; float32 without fma from there on. Activations and outputs as run_gemm_i4.
Status run_gemm_i8_groups(const KernelSet& set, const Activations& a, const PackedInt8Groups& b,
                          const GemmI8Epilogue& epilogue, const GemmI8Output& output);

}  // namespace octavo
