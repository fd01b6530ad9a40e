#include "ops/index_exact.h"

#include <cmath>

#include "core/float_bits.h"

namespace octavo {
namespace {

struct Chains {
  double part[4] = {};

  void add(size_t j, double term) { part[j % 4] += term; }
  double total() const { return (part[0] + part[2]) + (part[1] + part[3]); }
};

}  // namespace

ExactQuery::ExactQuery(const IndexSpec& spec, const float* query) : spec_(spec), query_(query) {
  Chains sum;
  for (size_t j = 0; j < spec.dim; ++j) sum.add(j, static_cast<double>(query[j]) * query[j]);
  squares_ = sum.total();
}

template <typename Value>
float ExactQuery::key_of(const Value& value) const {
  Chains products, squares;
  if (spec_.metric == IndexMetric::kSquaredDistance) {
    for (size_t j = 0; j < spec_.dim; ++j) {
      const double difference = query_[j] - value(j);
      squares.add(j, difference * difference);
    }
    return static_cast<float>(-squares.total());
  }
  for (size_t j = 0; j < spec_.dim; ++j) {
    const double x = value(j);
    products.add(j, query_[j] * x);
    squares.add(j, x * x);
  }
  if (spec_.metric == IndexMetric::kInnerProduct) return static_cast<float>(products.total());
  const double norms = std::sqrt(squares_) * std::sqrt(squares.total());
  return norms > 0 ? static_cast<float>(products.total() / norms) : 0;
}

float ExactQuery::key(const float* vector) const {
  return key_of([vector](size_t j) -> double { return vector[j]; });
}

float ExactQuery::key(const IndexSnapshot& rows, size_t position) const {
  const IndexSnapshot::Part& part = rows.part_of(position);
  const IndexSegment& segment = *part.segment;
  const size_t row = position - part.first_position, first = row * spec_.dim;
  switch (spec_.kept) {
    case KeptRows::kNone:
      return key(segment.array<float>(IndexArray::kRows) + first);
    case KeptRows::kFloat32:
      return key(segment.array<float>(IndexArray::kKept) + first);
    case KeptRows::kFloat16: {
      const auto* halves = segment.array<uint16_t>(IndexArray::kKept) + first;
      return key_of([halves](size_t j) -> double { return from_float16(halves[j]); });
    }
    default: {
      const auto* bytes = segment.array<int8_t>(IndexArray::kKept) + first;
      const double scale = segment.array<float>(IndexArray::kKeptScales)[row];
      return key_of([bytes, scale](size_t j) { return bytes[j] * scale; });
    }
  }
}

}  // namespace octavo
