// Dynamic quantization row by row: a warp a row, or a block.
#include "cuda/device/quantize_rows.h"

namespace octavo::device {

#define OCTAVO_QUANTIZE_ROWS(name, threads, row_threads, units)                                \
  OCTAVO_KERNEL(name, threads)(FloatRows x, Int8Rows q) {                                      \
    OCTAVO_SHARED(shared);                                                                     \
    RowQuantizer<threads, row_threads, units>::run(x, q, reinterpret_cast<uint32_t*>(shared)); \
  }                                                                                            \
  OCTAVO_REGISTER(name)

OCTAVO_QUANTIZE_ROWS(quantize_rows_short, 256, 32, 4)
OCTAVO_QUANTIZE_ROWS(quantize_rows_medium, 256, 256, 4)
OCTAVO_QUANTIZE_ROWS(quantize_rows_long, 1024, 1024, 4)

}  // namespace octavo::device
