// Vectors to codes and back: rotation, Lloyd-Max codes, and a scale for each vector. The same bytes on every kernel set
// and with any number of threads.
//
// encode   1. f = 2^-e, e the exponent of the largest magnitude (limited to normal float32), so that x f neither
//             overflows nor vanishes; y = R (x f)
//          2. codes and sums of y: kernels/codes/codes.h
//          3. the scale, in double from the sums as given, n = norm 2^e and m = n / sqrt(dim), rounded once to float32
//             and, if asked for, then to float16:
//               matched norm  n / sqrt(squares)
//               least error   m (dot / squares)
//               unbiased      m (dim / dot)
//               paper         m
//          A vector of zeros has the scale 0 and codes 2^(bits - 1) - 1.
// decode   scale (R^T levels)
// Sources: kMatchedNorm and the codes: A. Zandieh et al., "TurboQuant" (arXiv 2504.19874), with its norm corrected;
// kMinMse and kUnbiased: S. Vargaftik et al., DRIVE (arXiv 2105.08339) and EDEN (arXiv 2108.08842).
#pragma once

#include "ops/codebook.h"
#include "ops/turbo_rotate.h"

namespace octavo {

enum class TurboScale { kMatchedNorm, kMinMse, kUnbiased, kPaper };
enum class ScaleType { kFloat32, kFloat16 };

struct TurboFormat {
  size_t bits;  // 1 to 8
  TurboScale scale;
  ScaleType scale_type;
};

/// Planes of vectors (kernels/codes/codes.h). Whoever encodes or decodes guarantees kCodeSlackBytes readable bytes
/// after the last row.
template <typename Byte, typename Float>
struct TurboRows {
  Byte* codes;
  size_t stride_bytes;
  Float* scales;  // [rows], float16 ones as the float32 that they are
};
using TurboCodes = TurboRows<uint8_t, float>;
using TurboCodesView = TurboRows<const uint8_t, const float>;

/// kRange, naming the row, for values that are not finite and for a scale beyond its type;
/// then what is in `codes` is not defined.
Status encode_rows(const KernelSet& set, const TurboRotation& rotation, const TurboFormat& format,
                   const VectorRows<const float>& x, const TurboCodes& codes);
/// x[row] = scale (R^T levels).
Status decode_rows(const KernelSet& set, const TurboRotation& rotation, size_t bits, const TurboCodesView& codes,
                   const VectorRows<float>& x);

}  // namespace octavo
