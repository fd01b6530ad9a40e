// Quantization and dequantization of arrays, per tensor and per channel.
#include "cuda/device/convert_values.h"
#include "cuda/device/quantize_values.h"

namespace octavo::device {

#define OCTAVO_CONVERT(name, share, Conversion)                                             \
  OCTAVO_KERNEL(name, kValueThreads)(Conversion::Operands operands, const ValuePlan plan) { \
    share<Conversion>(operands, plan);                                                      \
  }                                                                                         \
  OCTAVO_REGISTER(name)

OCTAVO_CONVERT(quantize_runs, convert_chunk, Quantizer)
OCTAVO_CONVERT(quantize_columns, convert_columns, Quantizer)
OCTAVO_CONVERT(dequantize_runs, convert_chunk, Dequantizer)
OCTAVO_CONVERT(dequantize_columns, convert_columns, Dequantizer)

}  // namespace octavo::device
