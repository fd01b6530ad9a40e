// The bytes of an index's file, version 1: docs/vector-index.md. Little-endian, as the machines that read it in place.
#pragma once

#include "ops/index_layout.h"

namespace octavo {

constexpr uint8_t kIndexMagic[8] = {0x89, 'O', 'C', 'T', 'I', 'D', 'X', '\n'};
constexpr uint32_t kIndexVersion = 1;

/// The arrays follow, as place_arrays() has them.
struct IndexFileHeader {
  uint8_t magic[8];
  uint32_t version;
  uint32_t dim;
  uint64_t file_bytes;
  uint64_t checksum;  // of this header with this field 0
  IndexRows rows;
  uint8_t bits;  // 8 for int8, 32 for float32
  IndexMetric metric;
  uint8_t scale;  // TurboScale; 0 where rows are not codes
  KeptRows kept;
  uint8_t has_ids;
  uint8_t reserved[10];  // 0
  uint64_t seed;
  uint64_t count;                    // of vectors
  int64_t first_id;                  // of the first vector, where there are no ids
  int64_t next_id;                   // for the next vector without an id
  uint64_t checksums[kIndexArrays];  // of each array, with what is readable behind the rows, 0 where absent
};
static_assert(sizeof(IndexFileHeader) == 128);

}  // namespace octavo
