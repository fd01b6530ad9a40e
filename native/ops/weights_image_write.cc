#include "ops/weights_image_write.h"

#include <cstring>

#include "core/sizes.h"
#include "ops/checksum.h"
#include "ops/file_io.h"

namespace octavo {
namespace {

constexpr uint8_t kZeros[kSectionAlignment] = {};

template <typename T>
void put(std::vector<uint8_t>* head, size_t offset, const T& value) {
  std::memcpy(head->data() + offset, &value, sizeof value);
}

/// The table's entries, each section at the next multiple of 64; returns where the last one ends.
size_t lay_out(size_t start, const std::vector<Section>& sections, std::vector<SectionEntry>* table) {
  size_t end = start;
  for (const auto& [id, data, bytes] : sections) {
    const size_t offset = round_up(end, kSectionAlignment);
    table->push_back({id, 0, offset, bytes, xxh64(data, bytes)});
    end = offset + bytes;
  }
  return end;
}

}  // namespace

Status write_image(const std::string& path, FileHeader header, const LayerHeader* layer,
                   const std::vector<Section>& sections) {
  if (!kReadsItsOwnFiles) return Status::error(Code::kUnsupported, "files need a little-endian machine");
  std::vector<uint8_t> head(head_bytes(header.kind, sections.size()));
  std::vector<SectionEntry> table;
  header.file_bytes = lay_out(head.size(), sections, &table);
  header.section_count = static_cast<uint32_t>(sections.size());
  put(&head, 0, header);
  if (layer != nullptr) put(&head, sizeof header, *layer);
  const size_t table_offset = head.size() - table.size() * sizeof(SectionEntry);
  std::memcpy(head.data() + table_offset, table.data(), table.size() * sizeof(SectionEntry));
  header.checksum = xxh64(head.data(), head.size());
  put(&head, 0, header);
  std::vector<FilePart> parts = {{head.data(), head.size()}};
  size_t end = head.size();
  for (size_t i = 0; i < sections.size(); ++i) {
    parts.push_back({kZeros, table[i].offset - end});
    parts.push_back({sections[i].data, sections[i].bytes});
    end = table[i].offset + table[i].bytes;
  }
  return replace_file(path, parts);
}

}  // namespace octavo
