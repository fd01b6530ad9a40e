#include "ops/row_table_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ops/weights_image.h"
#include "ops/weights_image_write.h"

namespace octavo {
namespace {

Status refuse(std::string fault) { return Status::error(Code::kFile, std::move(fault)); }

static_assert(static_cast<int>(RowFormat::kBfloat16) == static_cast<int>(FileRows::kBfloat16) &&
              static_cast<int>(RowFormat::kCodebook) == static_cast<int>(FileRows::kCodebook));

bool all_finite(const float* values, size_t count) {
  return std::all_of(values, values + count, [](float value) { return std::isfinite(value); });
}

/// An odd number of values leaves half a byte at the end of each row.
bool padding_is_zero(const RowTable& table, const uint8_t* values) {
  const bool nibbles = table.format == RowFormat::kInt4 || table.format == RowFormat::kCodebook;
  if (!nibbles || table.columns % 2 == 0) return true;
  for (size_t row = 1; row <= table.rows; ++row)
    if (values[row * table.row_bytes() - 1] >> 4 != 0) return false;
  return true;
}

bool zero_points_fit(const RowTable& table, const int8_t* zeros, size_t count) {
  const int low = table.format == RowFormat::kInt4 ? -8 : -128;
  return std::all_of(zeros, zeros + count, [&](int8_t zero) { return zero >= low && zero < -low; });
}

Status check_table(const WeightsImage& image, const RowTable& table) {
  const size_t scales = image.size_bytes(SectionId::kRowScales) / sizeof(float);
  if (!padding_is_zero(table, image.section<uint8_t>(SectionId::kPanels))) return refuse("has values beyond its k");
  if (!all_finite(image.section<float>(SectionId::kRowScales), scales) || !all_finite(table.table, kLut4TableSize))
    return refuse("has scales or a table that are not finite");
  const auto* zeros = image.section<int8_t>(SectionId::kRowZeroPoints);
  if (!zero_points_fit(table, zeros, image.size_bytes(SectionId::kRowZeroPoints)))
    return refuse("has zero points that its values do not have");
  return {};
}

void borrow(const WeightsImage& image, SectionId id, WeightMemory* memory) {
  if (image.has(id)) memory->borrow(image.hold(id), image.size_bytes(id));
}

void add(SectionId id, const WeightMemory& memory, std::vector<Section>* sections) {
  sections->push_back({id, memory.as<void>(), memory.size_bytes()});
}

}  // namespace

Status save_row_table(const RowTable& table, const std::string& path) {
  FileHeader header = {};
  std::memcpy(header.magic, kFileMagic, sizeof kFileMagic);
  header.version = kLastVersion;
  header.kind = FileKind::kRowTable;
  header.layout = FileLayout::kRows;
  header.panel_columns = header.panel_rows = 1;
  header.k = table.columns;
  header.n = table.rows;
  LayerHeader form = {};
  form.group = table.group;
  form.element = static_cast<FileElement>(table.format);
  std::vector<Section> sections;
  add(SectionId::kPanels, table.values, &sections);
  if (table.format == RowFormat::kCodebook) sections.push_back({SectionId::kTable, table.table, sizeof table.table});
  if (table.group != 0) add(SectionId::kRowScales, table.scales, &sections);
  if (table.zero_points.size_bytes() > 0) add(SectionId::kRowZeroPoints, table.zero_points, &sections);
  return write_image(path, header, &form, sections);
}

Status load_row_table(const KernelSet&, const std::string& path, FileAccess access, RowTable* table) {
  WeightsImage image;
  if (Status s = image.load(path, FileKind::kRowTable, access); !s.ok()) return s;
  const WeightsForm form = image.form();
  table->format = static_cast<RowFormat>(form.element);
  table->rows = form.n, table->columns = form.k, table->group = form.group;
  if (image.has(SectionId::kTable))
    std::memcpy(table->table, image.section<float>(SectionId::kTable), sizeof table->table);
  borrow(image, SectionId::kPanels, &table->values);
  borrow(image, SectionId::kRowScales, &table->scales);
  borrow(image, SectionId::kRowZeroPoints, &table->zero_points);
  return check_table(image, *table);
}

}  // namespace octavo
