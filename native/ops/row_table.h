// Rows of quantized values that are read by their numbers: the table of an embedding.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "ops/pack_lut4.h"
#include "ops/weight_memory.h"

namespace octavo {

enum class RowFormat { kInt8, kInt4, kCodebook, kFloat16, kBfloat16 };

/// Each row begins at a byte of its own. Integers stand for scale * (q - zero), codes for table[code] * scale, one
/// rounding; the scale is that of the group, consecutive values of the row, the last group shorter where it has to be.
struct RowTable {
  RowFormat format = RowFormat::kInt8;
  size_t rows = 0, columns = 0;
  size_t group = 0;                  // 0 where there are no scales
  float table[kLut4TableSize] = {};  // kCodebook
  WeightMemory values;               // int8; or q + 8, or codes, two a byte, the first in the low half; or halves
  WeightMemory scales;               // float32 [rows][groups]
  WeightMemory zero_points;          // int8 [rows][groups], in the values' range; empty where all are 0

  size_t groups() const;
  size_t row_bytes() const;
  size_t size_bytes() const { return values.size_bytes() + scales.size_bytes() + zero_points.size_bytes(); }
};

/// Integers of 4 or 8 bits, [rows, columns], one a byte: q = value - shift.
struct IntegerRows {
  size_t rows, columns;
  size_t group;  // any but 0; more than columns: these
  bool is_nibbles;
  const uint8_t* values;
  int32_t shift;
  const float* scales;        // [rows, groups]
  const int8_t* zero_points;  // [rows, groups], less the shift already
};

/// kRange for scales that are not finite, and for values and zero points that the format does not hold.
Status pack_integer_rows(const IntegerRows& source, RowTable* table);
/// The source's k are columns, its n rows. kRange as pack_lut4.
Status pack_codebook_rows(const Lut4Source& source, RowTable* table);
Status pack_half_rows(const uint16_t* bits, RowFormat format, size_t rows, size_t columns, RowTable* table);

/// out[i] = row ids[i] as float32, [count][columns]. kRange, naming the first, for an id that is no row; then nothing
/// is written. On all threads.
Status look_up_rows(const RowTable& table, const int32_t* ids, size_t count, float* out);
Status look_up_rows(const RowTable& table, const int64_t* ids, size_t count, float* out);

}  // namespace octavo
