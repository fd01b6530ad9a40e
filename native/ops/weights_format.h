// The bytes of a weights file, versions 1 and 2: docs/file-format.md. Little-endian, as the machines that read it in
// place.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace octavo {

constexpr uint8_t kFileMagic[8] = {0x89, 'O', 'C', 'T', 'A', 'V', 'O', '\n'};
/// Version 1 has int8 weights whose scales are per tensor or per output, and no input scale.
constexpr uint32_t kFirstVersion = 1, kLastVersion = 2;
constexpr size_t kSectionAlignment = 64;
constexpr uint32_t kMaxSections = 12, kMaxSectionsOfFirst = 5;
constexpr uint32_t kMaxPanelSide = 256;

constexpr bool kReadsItsOwnFiles = std::endian::native == std::endian::little;

enum class FileKind : uint32_t { kPackedWeights = 1, kQuantizedLinear = 2, kRowTable = 3 };
enum class FileLayout : uint32_t {
  kPanels = 1,
  kInt4Groups = 2,
  kInt8Groups = 3,
  kCodebook = 4,
  kFloat16 = 5,
  kRows = 6
};
/// Of kFloat16: 0 is float16.
enum class FileElement : uint32_t { kOfLayout = 0, kBfloat16 = 1 };
/// Of kRows, in the same place.
enum class FileRows : uint32_t { kInt8 = 0, kInt4 = 1, kCodebook = 2, kFloat16 = 3, kBfloat16 = 4 };
enum class FileInput : uint32_t { kDynamic = 0, kInt8 = 1, kUint8 = 2 };
enum class FileOutput : uint32_t { kFloat32 = 0, kInt8 = 1, kUint8 = 2, kFloat16 = 3 };
enum class FileActivation : uint32_t { kNone = 0, kClip = 1, kGelu = 2, kGeluTanh = 3, kSilu = 4 };
enum class SectionId : uint32_t {
  kPanels = 1,
  kColumnSums = 2,
  kWeightScales = 3,
  kWeightZeroPoints = 4,
  kBias = 5,
  kInputScale = 6,
  kGroupZeroPoints = 7,
  kLowPanels = 8,
  kLowZeroPoints = 9,
  kTable = 10,
  kRowScales = 11,
  kRowZeroPoints = 12
};

struct FileHeader {
  uint8_t magic[8];
  uint32_t version;
  FileKind kind;
  uint64_t file_bytes;
  uint64_t checksum;  // of header, layer header and section table, with this field 0
  uint32_t section_count;
  FileLayout layout;
  uint32_t panel_columns, panel_rows;  // nr and kr
  uint64_t k, n;
};
static_assert(sizeof(FileHeader) == 64);

/// Follows the header of a layer's file, and of a table's, in which all but group and element are 0.
struct LayerHeader {
  FileInput input;
  float input_scale;
  int32_t input_zero_point;
  FileOutput output;
  float output_scale;
  int32_t output_zero_point;
  FileActivation activation;
  float activation_parameters[2];
  uint32_t reserved;    // 0
  uint64_t group;       // values of k that share a scale; 0 for kPanels and kFloat16
  FileElement element;  // of kFloat16 and kRows; else 0
  uint32_t padding[3];  // 0
};
static_assert(sizeof(LayerHeader) == 64);

struct SectionEntry {
  SectionId id;
  uint32_t reserved;  // 0
  uint64_t offset, bytes, checksum;
};
static_assert(sizeof(SectionEntry) == 32);

/// Bytes before the first section, without padding.
constexpr size_t head_bytes(FileKind kind, size_t sections) {
  return sizeof(FileHeader) + (kind == FileKind::kPackedWeights ? 0 : sizeof(LayerHeader)) +
         sections * sizeof(SectionEntry);
}

}  // namespace octavo
