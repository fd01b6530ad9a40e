#include "ops/index_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "core/float_bits.h"
#include "ops/row_groups.h"

namespace octavo {
namespace {

/// Below it neither squares nor products of two vectors leave float32.
constexpr double kMostNorm = 0x1p63;
constexpr float kMostFloat16 = 65504;

Status at_row(size_t row, const char* what) {
  return Status::error(Code::kRange, "row " + std::to_string(row) + " " + what);
}

double squares_of(const float* x, size_t dim) {
  double sum = 0;
  for (size_t j = 0; j < dim; ++j) sum += static_cast<double>(x[j]) * x[j];
  return sum;
}

/// Rounds to int8 by the largest magnitude; the step.
float to_bytes(const float* x, size_t dim, int8_t* out) {
  float most = 0;
  for (size_t j = 0; j < dim; ++j) most = std::max(most, std::fabs(x[j]));
  const double inverse = most > 0 ? 127.0 / most : 0;
  for (size_t j = 0; j < dim; ++j) out[j] = static_cast<int8_t>(std::nearbyint(x[j] * inverse));
  return most / 127;
}

/// What int8 values c of a vector x are multiplied by when they are searched, as the scale of codes is chosen.
float scale_of(TurboScale kind, const float* x, const int8_t* c, size_t dim, float step) {
  double products = 0, squares = 0, norm = 0;
  for (size_t j = 0; j < dim; ++j) {
    products += static_cast<double>(x[j]) * c[j];
    squares += static_cast<double>(c[j]) * c[j];
    norm += static_cast<double>(x[j]) * x[j];
  }
  if (products == 0 || kind == TurboScale::kPaper) return step;
  const double scale = kind == TurboScale::kMatchedNorm ? std::sqrt(norm / squares)
                       : kind == TurboScale::kMinMse    ? products / squares
                                                        : norm / products;
  return static_cast<float>(scale);
}

/// What is kept of a vector.
Status keep_row(const IndexSpec& spec, const float* x, IndexSegment* segment, size_t row, size_t number) {
  uint8_t* kept = segment->writable<uint8_t>(IndexArray::kKept) + row * kept_row_bytes(spec);
  if (spec.kept == KeptRows::kFloat32) {
    std::memcpy(kept, x, spec.dim * sizeof(float));
  } else if (spec.kept == KeptRows::kInt8) {
    segment->writable<float>(IndexArray::kKeptScales)[row] = to_bytes(x, spec.dim, reinterpret_cast<int8_t*>(kept));
  } else {
    auto* halves = reinterpret_cast<uint16_t*>(kept);
    for (size_t j = 0; j < spec.dim; ++j) {
      if (!(std::fabs(x[j]) <= kMostFloat16)) return at_row(number, "has a value beyond float16, which is to be kept");
      halves[j] = to_float16(x[j]);
    }
  }
  return {};
}

/// The vectors that are searched: those given, or for cosines the same of norm 1.
class Searched {
 public:
  Status prepare(const IndexSpec& spec, const VectorRows<const float>& x, const double* squares) {
    rows_ = x;
    if (spec.metric != IndexMetric::kCosine) return {};
    if (!scaled_.allocate(multiply_sizes(x.rows, spec.dim * sizeof(float))))
      return Status::error(Code::kNative, "no memory for vectors of norm 1");
    for (size_t r = 0; r < x.rows; ++r) {
      const double inverse = squares[r] > 0 ? 1 / std::sqrt(squares[r]) : 0;
      float* out = scaled_.as<float>() + r * spec.dim;
      for (size_t j = 0; j < spec.dim; ++j) out[j] = static_cast<float>(x.first[r * x.stride + j] * inverse);
    }
    rows_ = {scaled_.as<float>(), spec.dim, x.rows};
    return {};
  }
  const VectorRows<const float>& rows() const { return rows_; }

 private:
  VectorRows<const float> rows_ = {};
  AlignedBuffer scaled_;
};

Status fill_searched(const KernelSet& set, const RowEncoding& how, const VectorRows<const float>& x,
                     IndexSegment* segment, size_t row) {
  const size_t dim = how.spec.dim, bytes = index_row_bytes(how.spec);
  uint8_t* rows = segment->writable<uint8_t>(IndexArray::kRows) + row * bytes;
  float* scales = segment->writable<float>(IndexArray::kScales);
  if (how.spec.rows == IndexRows::kCodes)
    return encode_rows(set, how.rotation, {how.spec.bits, how.spec.scale, ScaleType::kFloat32}, x,
                       {rows, bytes, scales + row});
  for (size_t r = 0; r < x.rows; ++r) {
    const float* values = x.first + r * x.stride;
    auto* const codes = reinterpret_cast<int8_t*>(rows + r * bytes);
    if (how.spec.rows == IndexRows::kInt8) {
      const float step = to_bytes(values, dim, codes);
      scales[row + r] = scale_of(how.spec.scale, values, codes, dim, step);
    } else {
      std::memcpy(codes, values, bytes);
    }
  }
  return {};
}

Status fill_group(const KernelSet& set, const RowEncoding& how, const VectorRows<const float>& x,
                  const RowTarget& target) {
  const IndexSpec& spec = how.spec;
  std::vector<double> squares(x.rows);
  float* norms = target.segment->writable<float>(IndexArray::kSquares);
  for (size_t r = 0; r < x.rows; ++r) {
    const float* values = x.first + r * x.stride;
    squares[r] = squares_of(values, spec.dim);
    if (!(squares[r] < kMostNorm * kMostNorm))
      return at_row(target.first_row + r,
                    std::isfinite(squares[r]) ? "has a norm of 2^63 or more" : "has a value that is not finite");
    if (norms != nullptr) norms[target.row + r] = static_cast<float>(squares[r]);
    if (spec.kept != KeptRows::kNone)
      if (Status s = keep_row(spec, values, target.segment, target.row + r, target.first_row + r); !s.ok()) return s;
  }
  Searched searched;
  if (Status s = searched.prepare(spec, x, squares.data()); !s.ok()) return s;
  return fill_searched(set, how, searched.rows(), target.segment, target.row);
}

/// Copies row `from` of all arrays but the ids.
void copy_row(const IndexSpec& spec, const IndexSegment& source, size_t from, IndexSegment* target, size_t to) {
  const size_t sizes[kIndexArrays] = {index_row_bytes(spec), sizeof(float), sizeof(float), 0,
                                      kept_row_bytes(spec),  sizeof(float)};
  for (size_t i = 0; i < kIndexArrays; ++i) {
    const auto which = static_cast<IndexArray>(i);
    const auto* data = source.array<uint8_t>(which);
    if (data != nullptr && sizes[i] > 0)
      std::memcpy(target->writable<uint8_t>(which) + to * sizes[i], data + from * sizes[i], sizes[i]);
  }
}

}  // namespace

Status fill_rows(const KernelSet& set, const RowEncoding& how, const VectorRows<const float>& x,
                 const RowTarget& target) {
  return for_row_groups(x.rows, how.spec.dim, [&](size_t first, size_t rows) {
    return fill_group(set, how, x.part(first, rows), {target.segment, target.row + first, target.first_row + first});
  });
}

Status pack_live_rows(const IndexSpec& spec, const IndexSnapshot& from, size_t most, IndexSnapshot* packed) {
  std::shared_ptr<IndexSegment> segment;
  for (const IndexSnapshot::Part& part : from.parts)
    for (size_t row = 0; row < part.rows; ++row) {
      if (from.is_removed(part.first_position + row)) continue;
      if (segment == nullptr || packed->parts.back().rows == segment->capacity()) {
        const size_t capacity = std::min(most, from.live - packed->positions);
        if (Status s = IndexSegment::allocate(spec, capacity, true, 0, &segment); !s.ok()) return s;
        packed->parts.push_back({segment, 0, packed->positions});
      }
      size_t& to = packed->parts.back().rows;
      copy_row(spec, *part.segment, row, segment.get(), to);
      segment->writable<int64_t>(IndexArray::kIds)[to] = part.segment->id(row);
      ++to, ++packed->positions, ++packed->live;
    }
  return {};
}

}  // namespace octavo
