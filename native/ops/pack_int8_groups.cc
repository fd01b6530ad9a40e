#include "ops/pack_int8_groups.h"

#include <cstring>
#include <vector>

#include "core/aligned_buffer.h"
#include "core/sizes.h"

namespace octavo {
namespace {

/// Four bits of a byte as a nibble.
enum class Plane { kHigh, kLow };

uint8_t nibble_of(int8_t value, Plane plane) {
  const auto byte = static_cast<uint8_t>(value);
  return plane == Plane::kHigh ? byte >> 4 : byte & 15;
}

/// As pack_int4 takes it: -8 .. 7 of the upper bits, 0 .. 15 of the lower ones.
int8_t zero_of(int8_t zero, Plane plane) {
  const uint8_t nibble = nibble_of(zero, plane);
  return static_cast<int8_t>(plane == Plane::kHigh && nibble > 7 ? nibble - 16 : nibble);
}

Status pack_plane(const Int8GroupsSource& source, Plane plane, PackedInt4* packed) {
  const size_t values = multiply_sizes(source.n, source.k);
  const bool whole = source.group == 0 || source.group >= source.k;
  const size_t groups = source.k == 0 ? 0 : whole ? 1 : divide_up(source.k, source.group);
  const size_t count = multiply_sizes(source.n, groups);
  AlignedBuffer nibbles;
  if (!nibbles.allocate(divide_up(values, 2))) return Status::error(Code::kNative, "no memory to pack 8-bit weights");
  auto* bytes = nibbles.as<uint8_t>();
  std::memset(bytes, 0, divide_up(values, 2));
  for (size_t i = 0; i < values; ++i)
    bytes[i / 2] = static_cast<uint8_t>(bytes[i / 2] | nibble_of(source.values[i], plane) << i % 2 * 4);
  std::vector<float> scales(source.scales, source.scales + count);
  std::vector<int8_t> zeros(count);
  for (size_t i = 0; i < count; ++i) {
    if (plane == Plane::kHigh) scales[i] *= 16;
    zeros[i] = zero_of(source.zero_points == nullptr ? int8_t{0} : source.zero_points[i], plane);
  }
  return pack_int4(
      {source.k, source.n, source.group, bytes, source.k, plane == Plane::kHigh, scales.data(), zeros.data()}, packed);
}

}  // namespace

Status pack_int8_groups(const Int8GroupsSource& source, PackedInt8Groups* packed) {
  packed->k = source.k;
  packed->n = source.n;
  if (Status s = pack_plane(source, Plane::kHigh, &packed->high); !s.ok()) return s;
  return pack_plane(source, Plane::kLow, &packed->low);
}

}  // namespace octavo
