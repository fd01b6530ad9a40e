// Inner products of float32 queries with encoded vectors, which stay encoded.
#pragma once

#include "ops/turbo_encode.h"

namespace octavo {

/// scores.first[q * scores.stride + r] = scale[r] <R query q, levels of row r>, for scores.stride rows of codes and
/// scores.rows queries, which are rotated; the product is that of ops/score_codes.h: up to 4 bits of int8 levels and
/// queries. kRange for queries that are not finite, naming the first.
Status score_rows(const KernelSet& set, const TurboRotation& rotation, size_t bits,
                  const VectorRows<const float>& queries, const TurboCodesView& codes, const VectorRows<float>& scores);

}  // namespace octavo
