#include "ops/row_table.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "core/float_bits.h"
#include "core/sizes.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

/// One group of a row.
struct RowGroup {
  const uint8_t* values;  // of the row
  size_t begin, end;
  float scale;
  int32_t zero;
};

void read_int8(const RowGroup& g, float* out) {
  for (size_t i = g.begin; i < g.end; ++i)
    out[i] = static_cast<float>(static_cast<int8_t>(g.values[i]) - g.zero) * g.scale;
}

/// Values two a byte, each one of 16.
void read_nibbles(const RowGroup& g, const float (&values)[16], float* out) {
  for (size_t i = g.begin; i < g.end; ++i) out[i] = values[g.values[i / 2] >> i % 2 * 4 & 15];
}

void read_group(const RowTable& table, const RowGroup& g, float* out) {
  if (table.format == RowFormat::kInt8) return read_int8(g, out);
  float values[16];
  for (int32_t q = 0; q < 16; ++q)
    values[q] = (table.format == RowFormat::kInt4 ? static_cast<float>(q - 8 - g.zero) : table.table[q]) * g.scale;
  read_nibbles(g, values, out);
}

void read_halves(const uint8_t* values, bool bfloat16, size_t columns, float* out) {
  for (size_t i = 0; i < columns; ++i) {
    uint16_t half;
    std::memcpy(&half, values + i * sizeof half, sizeof half);
    out[i] = bfloat16 ? float_of_bits(static_cast<uint32_t>(half) << 16) : from_float16(half);
  }
}

void read_row(const RowTable& table, size_t row, float* out) {
  const uint8_t* values = table.values.as<uint8_t>() + row * table.row_bytes();
  if (table.group == 0) return read_halves(values, table.format == RowFormat::kBfloat16, table.columns, out);
  const size_t groups = table.groups();
  for (size_t g = 0; g < groups; ++g) {
    const size_t at = row * groups + g;
    const int32_t zero = table.zero_points.size_bytes() > 0 ? table.zero_points.as<int8_t>()[at] : 0;
    const size_t begin = g * table.group, end = std::min(table.columns, begin + table.group);
    read_group(table, {values, begin, end, table.scales.as<float>()[at], zero}, out);
  }
}

template <typename Id>
Status look_up(const RowTable& table, const Id* ids, size_t count, float* out) {
  constexpr size_t kTicketValues = 1 << 16;
  for (size_t i = 0; i < count; ++i)
    if (ids[i] < 0 || static_cast<uint64_t>(ids[i]) >= table.rows)
      return Status::error(Code::kRange, "ids[" + std::to_string(i) + "] must be from 0 to " +
                                             std::to_string(static_cast<int64_t>(table.rows) - 1) + ", got " +
                                             std::to_string(ids[i]));
  const size_t each = std::max<size_t>(1, kTicketValues / std::max<size_t>(1, table.columns));
  const size_t tickets = divide_up(count, each);
  ThreadPool::instance().parallel_for(tickets, tickets, [&](size_t ticket) {
    for (size_t i = ticket * each; i < std::min(count, (ticket + 1) * each); ++i)
      read_row(table, static_cast<size_t>(ids[i]), out + i * table.columns);
  });
  return {};
}

}  // namespace

size_t RowTable::groups() const { return group == 0 ? 0 : divide_up(columns, group); }

size_t RowTable::row_bytes() const {
  if (format == RowFormat::kInt8) return columns;
  if (format == RowFormat::kInt4 || format == RowFormat::kCodebook) return divide_up(columns, 2);
  return multiply_sizes(columns, sizeof(uint16_t));
}

Status look_up_rows(const RowTable& table, const int32_t* ids, size_t count, float* out) {
  return look_up(table, ids, count, out);
}

Status look_up_rows(const RowTable& table, const int64_t* ids, size_t count, float* out) {
  return look_up(table, ids, count, out);
}

}  // namespace octavo
