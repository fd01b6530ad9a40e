// Codes as one stream of bits, as files have them: code i of a vector is bits i * b to i * b + b - 1, the lowest of a
// byte first, padded with zeros to whole bytes. With 1, 2, 4 and 8 bits a code these are the planes of
// kernels/codes/codes.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"

namespace octavo {

constexpr size_t stream_bytes(size_t bits, size_t dim) { return (bits * dim + 7) / 8; }

/// Vectors' codes, `count` rows; planes are a row of code_bytes() after the other, streams one of stream_bytes().
struct CodeShape {
  size_t bits, dim, count;
};

void planes_to_stream(const CodeShape& shape, const uint8_t* planes, uint8_t* stream);
/// kRange, naming the row, where bits of padding are not 0.
Status stream_to_planes(const CodeShape& shape, const uint8_t* stream, uint8_t* planes);

}  // namespace octavo
