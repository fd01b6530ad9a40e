// A kernel set: one function table per operation, all for the same instruction set. This is all that dispatch chooses.
//
// Every kernel is a pure function over pointers and sizes: no allocation, threads, exceptions, printing or environment.
// The scalar set is the definition; every other set gives its bytes. Contracts are in the operations' headers.
#pragma once

#include "kernels/accumulate_codes/accumulate_codes.h"
#include "kernels/activation/activation.h"
#include "kernels/attention/attention.h"
#include "kernels/codes/codes.h"
#include "kernels/dequantize/dequantize.h"
#include "kernels/deviation/deviation.h"
#include "kernels/gemm_f16/gemm_f16.h"
#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/gemm_f64/gemm_f64.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_lut4/gemm_lut4.h"
#include "kernels/hadamard/hadamard.h"
#include "kernels/histogram/histogram.h"
#include "kernels/minmax/minmax.h"
#include "kernels/peak/peak.h"
#include "kernels/quantize/quantize.h"
#include "kernels/score_codes/score_codes.h"
#include "kernels/score_f32/score_f32.h"
#include "kernels/stage/stage.h"
#include "kernels/sums/sums.h"

namespace octavo {

struct KernelSet {
  const char* name;
  uint32_t required_features;  // CpuFeature bits; 0 runs everywhere
  const GemmI8Kernel* gemm_i8;
  const GemmI4Kernel* gemm_i4;
  const GemmF32Kernel* gemm_f32;
  const GemmF16Kernel* gemm_f16;
  const GemmLut4Kernel* gemm_lut4;
  const GemmF64Kernel* gemm_f64;
  const ActivationKernel* activation;
  const QuantizeKernel* quantize;
  const DequantizeKernel* dequantize;
  const MinMaxKernel* minmax;
  const HistogramKernel* histogram;
  const PeakKernel* peak;
  const StageKernel* stage;
  const SumsKernel* sums;
  const DeviationKernel* deviation;
  const AttentionKernel* attention;
  const AccumulateCodesKernel* accumulate_codes;
  const HadamardKernel* hadamard;
  const CodesKernel* codes;
  const ScoreCodesKernel* score_codes;
  const ScoreF32Kernel* score_f32;
  // int8 products of fewer than `few_rows` rows run on `few_rows_set`, which packs B in the same way.
  const KernelSet* few_rows_set = nullptr;
  size_t few_rows = 0;
};

/// The set that an int8 product of m rows runs on.
inline const KernelSet& kernel_set_for_rows(const KernelSet& set, size_t m) {
  return m < set.few_rows ? *set.few_rows_set : set;
}

}  // namespace octavo
