#include "ops/index_layout.h"

#include "core/sizes.h"

namespace octavo {
namespace {

constexpr size_t kAlignment = 64;

/// Bytes of each array for one row.
size_t bytes_of(const IndexSpec& spec, IndexArray array, bool has_ids) {
  switch (array) {
    case IndexArray::kRows:
      return index_row_bytes(spec);
    case IndexArray::kScales:
      return spec.rows == IndexRows::kFloat32 ? 0 : sizeof(float);
    case IndexArray::kSquares:
      return spec.metric == IndexMetric::kSquaredDistance ? sizeof(float) : 0;
    case IndexArray::kIds:
      return has_ids ? sizeof(int64_t) : 0;
    case IndexArray::kKept:
      return kept_row_bytes(spec);
    default:
      return spec.kept == KeptRows::kInt8 ? sizeof(float) : 0;
  }
}

}  // namespace

size_t index_row_bytes(const IndexSpec& spec) {
  switch (spec.rows) {
    case IndexRows::kCodes:
      return code_bytes(spec.bits, spec.dim);
    case IndexRows::kInt8:
      return spec.dim;
    default:
      return spec.dim * sizeof(float);
  }
}

size_t kept_row_bytes(const IndexSpec& spec) {
  switch (spec.kept) {
    case KeptRows::kFloat32:
      return spec.dim * sizeof(float);
    case KeptRows::kFloat16:
      return spec.dim * sizeof(uint16_t);
    case KeptRows::kInt8:
      return spec.dim;
    default:
      return 0;
  }
}

IndexPlaces place_arrays(const IndexSpec& spec, size_t rows, bool has_ids, size_t start) {
  IndexPlaces places = {};
  size_t end = start;
  for (size_t i = 0; i < kIndexArrays; ++i) {
    const auto array = static_cast<IndexArray>(i);
    places.offset[i] = end;
    places.bytes[i] = multiply_sizes(rows, bytes_of(spec, array, has_ids));
    if (array == IndexArray::kRows) places.bytes[i] = add_sizes(places.bytes[i], kCodeSlackBytes);
    end = round_up(add_sizes(end, places.bytes[i]), kAlignment);
  }
  places.total_bytes = end;
  return places;
}

Status check_spec(const IndexSpec& spec) {
  const bool known = spec.rows <= IndexRows::kFloat32 && spec.metric <= IndexMetric::kSquaredDistance &&
                     spec.scale <= TurboScale::kPaper && spec.kept <= KeptRows::kInt8;
  const bool bits = spec.rows != IndexRows::kCodes || (spec.bits >= 1 && spec.bits <= 8);
  if (spec.dim < kLeastTurboDim || spec.dim > kMostTurboDim || !known || !bits)
    return Status::error(Code::kRange, "an index has a dim from 8 to 16384, and codes of 1 to 8 bits, int8 or float32");
  return {};
}

}  // namespace octavo
