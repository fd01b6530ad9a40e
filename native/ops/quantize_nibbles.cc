#include "ops/quantize_nibbles.h"

#include "ops/parameter_runs.h"

namespace octavo {
namespace {

void pack(const uint8_t* bytes, size_t count, uint8_t* q) {
  for (size_t i = 0; i + 1 < count; i += 2) q[i / 2] = static_cast<uint8_t>((bytes[i] & 15) | bytes[i + 1] << 4);
  if (count % 2 != 0) q[count / 2] = bytes[count - 1] & 15;
}

/// Sign extension: bit 3 moves everything below zero.
uint8_t to_byte(unsigned nibble, bool is_signed) {
  return static_cast<uint8_t>(is_signed ? (nibble ^ 8u) - 8u : nibble);
}

void unpack(const uint8_t* q, size_t count, bool is_signed, uint8_t* bytes) {
  for (size_t i = 0; i < count; ++i) bytes[i] = to_byte(q[i / 2] >> (i % 2 * 4) & 15u, is_signed);
}

}  // namespace

void quantize_nibbles(const KernelSet& set, const float* x, uint8_t* q, size_t count, const ChannelParams& params,
                      bool is_signed) {
  const QuantizeRange range = nibble_range(is_signed);
  for_chunks(count, [&](size_t begin, size_t end) {
    uint8_t bytes[kChunkValues] = {};
    for_parameter_runs(
        begin, end, params,
        [&](size_t at, size_t n, size_t c) {
          set.quantize->uniform(x + at, bytes + (at - begin), n, {params.scale[c], params.zero_point[c], range});
        },
        [&](size_t at, size_t n, size_t c) {
          set.quantize->columns(x + at, bytes + (at - begin), 1, {params.scale + c, params.zero_point + c, n, range});
        });
    pack(bytes, end - begin, q + begin / 2);
  });
}

void dequantize_nibbles(const KernelSet& set, const uint8_t* q, float* x, size_t count, const ChannelParams& params,
                        bool is_signed) {
  for_chunks(count, [&](size_t begin, size_t end) {
    uint8_t bytes[kChunkValues];
    unpack(q + begin / 2, end - begin, is_signed, bytes);
    for_parameter_runs(
        begin, end, params,
        [&](size_t at, size_t n, size_t c) {
          set.dequantize->uniform(bytes + (at - begin), x + at, n, {params.scale[c], params.zero_point[c], is_signed});
        },
        [&](size_t at, size_t n, size_t c) {
          set.dequantize->columns(bytes + (at - begin), x + at, 1,
                                  {params.scale + c, params.zero_point + c, n, is_signed});
        });
  });
}

}  // namespace octavo
