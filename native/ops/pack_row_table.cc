#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>

#include "core/sizes.h"
#include "ops/row_table.h"

namespace octavo {
namespace {

Status no_memory(const RowTable& table) {
  return Status::error(Code::kNative, "no memory for a table of " + std::to_string(table.rows) + " rows of " +
                                          std::to_string(table.columns));
}

/// Memory for values and scales, the values 0.
Status allocate(RowTable* table) {
  const size_t bytes = multiply_sizes(table->rows, table->row_bytes());
  const size_t scales = multiply_sizes(multiply_sizes(table->rows, table->groups()), sizeof(float));
  if (!table->values.allocate(bytes) || !table->scales.allocate(scales)) return no_memory(*table);
  if (bytes > 0) std::memset(table->values.as<uint8_t>(), 0, bytes);
  return {};
}

Status check_finite(const char* name, const float* values, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (!std::isfinite(values[i]))
      return Status::error(Code::kRange, std::string(name) + "[" + std::to_string(i) + "] must be finite");
  return {};
}

void put_nibble(uint8_t* row, size_t column, uint32_t nibble) {
  row[column / 2] = static_cast<uint8_t>(row[column / 2] | nibble << column % 2 * 4);
}

Status check_integers(const IntegerRows& source, size_t count) {
  if (source.group == 0) return Status::error(Code::kRange, "group must be at least 1, got 0");
  if (Status s = check_finite("scale", source.scales, count); !s.ok()) return s;
  const int32_t low = source.is_nibbles ? -8 : -128;
  for (size_t i = 0; i < count; ++i)
    if (source.zero_points[i] < low || source.zero_points[i] > low + 2 * -low - 1)
      return Status::error(Code::kRange, "zeroPoint[" + std::to_string(i) + "] does not fit the values");
  return {};
}

/// Stores a row, or says which value the format does not hold.
Status pack_integer_row(const IntegerRows& source, size_t row, RowTable* table) {
  const int32_t low = source.is_nibbles ? -8 : -128, high = -low - 1;
  uint8_t* values = table->values.as<uint8_t>() + row * table->row_bytes();
  for (size_t i = 0; i < source.columns; ++i) {
    const uint8_t byte = source.values[row * source.columns + i];
    const int32_t q = source.shift == 0 ? static_cast<int8_t>(byte) : byte - source.shift;
    if (q < low || q > high)
      return Status::error(Code::kRange,
                           "values[" + std::to_string(row * source.columns + i) + "] does not fit its type");
    if (source.is_nibbles)
      put_nibble(values, i, static_cast<uint32_t>(q + 8));
    else
      values[i] = static_cast<uint8_t>(q);
  }
  return {};
}

}  // namespace

Status pack_integer_rows(const IntegerRows& source, RowTable* table) {
  table->format = source.is_nibbles ? RowFormat::kInt4 : RowFormat::kInt8;
  table->rows = source.rows, table->columns = source.columns;
  table->group = std::min(source.group, std::max<size_t>(1, source.columns));
  const size_t count = multiply_sizes(source.rows, table->groups());
  if (Status s = check_integers(source, count); !s.ok()) return s;
  if (Status s = allocate(table); !s.ok()) return s;
  // Any number of rows can have no values.
  for (size_t row = 0; source.columns > 0 && row < source.rows; ++row)
    if (Status s = pack_integer_row(source, row, table); !s.ok()) return s;
  std::copy_n(source.scales, count, table->scales.as<float>());
  if (std::all_of(source.zero_points, source.zero_points + count, [](int8_t zero) { return zero == 0; })) return {};
  if (!table->zero_points.allocate(count)) return no_memory(*table);
  std::copy_n(source.zero_points, count, table->zero_points.as<int8_t>());
  return {};
}

Status pack_codebook_rows(const Lut4Source& source, RowTable* table) {
  if (source.block == 0) return Status::error(Code::kRange, "block must be at least 1, got 0");
  table->format = RowFormat::kCodebook;
  table->rows = source.n, table->columns = source.k;
  table->group = std::gcd(source.k, source.block);
  if (Status s = check_finite("table", source.table, kLut4TableSize); !s.ok()) return s;
  const size_t blocks = divide_up(multiply_sizes(source.n, source.k), source.block);
  if (Status s = check_finite("absmax", source.absmax, blocks); !s.ok()) return s;
  if (Status s = allocate(table); !s.ok()) return s;
  std::copy_n(source.table, kLut4TableSize, table->table);
  const size_t groups = table->groups();
  for (size_t row = 0; source.k > 0 && row < source.n; ++row) {
    uint8_t* values = table->values.as<uint8_t>() + row * table->row_bytes();
    for (size_t i = 0; i < source.k; ++i) {
      const size_t at = row * source.k + i;
      put_nibble(values, i, source.codes[at / 2] >> (at % 2 == 0 ? 4 : 0) & 15u);
    }
    for (size_t g = 0; g < groups; ++g)
      table->scales.as<float>()[row * groups + g] = source.absmax[(row * source.k + g * table->group) / source.block];
  }
  return {};
}

Status pack_half_rows(const uint16_t* bits, RowFormat format, size_t rows, size_t columns, RowTable* table) {
  table->format = format;
  table->rows = rows, table->columns = columns;
  table->group = 0;
  if (Status s = allocate(table); !s.ok()) return s;
  std::copy_n(bits, multiply_sizes(rows, columns), table->values.as<uint16_t>());
  return {};
}

}  // namespace octavo
