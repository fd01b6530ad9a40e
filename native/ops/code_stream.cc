#include "ops/code_stream.h"

#include <cstring>
#include <string>

#include "kernels/codes/codes.h"
#include "ops/row_groups.h"

namespace octavo {
namespace {

/// Reads values of a few bits, one after the other, the lowest bit first.
class BitReader {
 public:
  explicit BitReader(const uint8_t* bytes) : next_(bytes) {}
  uint32_t take(size_t width) {
    if (held_ < width) {
      bits_ |= static_cast<uint32_t>(*next_++) << held_;
      held_ += 8;
    }
    const uint32_t value = bits_ & ((1u << width) - 1);
    bits_ >>= width;
    held_ -= width;
    return value;
  }

 private:
  const uint8_t* next_;
  uint32_t bits_ = 0;
  size_t held_ = 0;
};

class BitWriter {
 public:
  explicit BitWriter(uint8_t* bytes) : next_(bytes) {}
  void put(uint32_t value, size_t width) {
    bits_ |= value << held_;
    held_ += width;
    if (held_ < 8) return;
    *next_++ = static_cast<uint8_t>(bits_);
    bits_ >>= 8;
    held_ -= 8;
  }
  /// The last bits, and zeros.
  void finish() {
    if (held_ > 0) *next_ = static_cast<uint8_t>(bits_);
  }

 private:
  uint8_t* next_;
  uint32_t bits_ = 0;
  size_t held_ = 0;
};

constexpr size_t kMostPlanes = 3;

/// A row's planes, each with a reader or a writer; those of width 0 stay unused.
template <typename Bits, typename Byte>
struct Planes {
  Bits plane[kMostPlanes];
  PlaneBits widths;

  Planes(Byte* row, const CodeShape& shape)
      : plane{Bits(row), Bits(start(row, shape, 1)), Bits(start(row, shape, 2))}, widths(plane_bits(shape.bits)) {}
  static Byte* start(Byte* row, const CodeShape& shape, size_t plane) {
    for (size_t p = 0; p < plane; ++p) row += plane_bytes(plane_bits(shape.bits).plane[p], shape.dim);
    return row;
  }
};

void row_to_stream(const CodeShape& shape, const uint8_t* planes, uint8_t* stream) {
  Planes<BitReader, const uint8_t> from(planes, shape);
  BitWriter to(stream);
  for (size_t i = 0; i < shape.dim; ++i) {
    uint32_t code = 0;
    for (size_t p = 0, shift = 0; p < kMostPlanes && from.widths.plane[p] > 0; shift += from.widths.plane[p++])
      code |= from.plane[p].take(from.widths.plane[p]) << shift;
    to.put(code, shape.bits);
  }
  to.finish();
}

void row_to_planes(const CodeShape& shape, const uint8_t* stream, uint8_t* planes) {
  BitReader from(stream);
  Planes<BitWriter, uint8_t> to(planes, shape);
  for (size_t i = 0; i < shape.dim; ++i) {
    uint32_t code = from.take(shape.bits);
    for (size_t p = 0; p < kMostPlanes && to.widths.plane[p] > 0; code >>= to.widths.plane[p++])
      to.plane[p].put(code & ((1u << to.widths.plane[p]) - 1), to.widths.plane[p]);
  }
  for (size_t p = 0; p < kMostPlanes && to.widths.plane[p] > 0; ++p) to.plane[p].finish();
}

bool padding_is_zero(const CodeShape& shape, const uint8_t* stream) {
  const size_t used = shape.bits * shape.dim % 8;
  return used == 0 || stream[stream_bytes(shape.bits, shape.dim) - 1] >> used == 0;
}

bool is_one_plane(const CodeShape& shape) { return plane_bits(shape.bits).plane[1] == 0; }

}  // namespace

void planes_to_stream(const CodeShape& shape, const uint8_t* planes, uint8_t* stream) {
  const size_t from = code_bytes(shape.bits, shape.dim), to = stream_bytes(shape.bits, shape.dim);
  if (shape.count == 0) return;
  if (is_one_plane(shape)) {
    std::memcpy(stream, planes, shape.count * to);
    return;
  }
  for_row_groups(shape.count, shape.dim, [&](size_t first, size_t rows) {
    for (size_t r = first; r < first + rows; ++r) row_to_stream(shape, planes + r * from, stream + r * to);
    return Status{};
  });
}

Status stream_to_planes(const CodeShape& shape, const uint8_t* stream, uint8_t* planes) {
  const size_t from = stream_bytes(shape.bits, shape.dim), to = code_bytes(shape.bits, shape.dim);
  return for_row_groups(shape.count, shape.dim, [&](size_t first, size_t rows) {
    for (size_t r = first; r < first + rows; ++r) {
      if (!padding_is_zero(shape, stream + r * from))
        return Status::error(Code::kRange, "row " + std::to_string(r) + " ends in bits that are not 0");
      if (is_one_plane(shape))
        std::memcpy(planes + r * to, stream + r * from, to);
      else
        row_to_planes(shape, stream + r * from, planes + r * to);
    }
    return Status{};
  });
}

}  // namespace octavo
