#include <cstring>

#include "core/sizes.h"
#include "ops/checksum.h"
#include "ops/weights_file.h"
#include "ops/weights_format.h"

namespace octavo {
namespace {

struct Section {
  SectionId id;
  const void* data;
  size_t bytes;
};

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

Status write(const std::string& path, FileHeader header, const LayerHeader* layer,
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

FileHeader header_of(const KernelSet& set, const PackedInt8& weights, FileKind kind) {
  FileHeader header = {};
  std::memcpy(header.magic, kFileMagic, sizeof kFileMagic);
  header.version = kFileVersion;
  header.kind = kind;
  header.layout = FileLayout::kPanels;
  header.panel_columns = static_cast<uint32_t>(set.gemm_i8->nr);
  header.panel_rows = static_cast<uint32_t>(set.gemm_i8->kr);
  header.k = weights.k;
  header.n = weights.n;
  return header;
}

std::vector<Section> sections_of(const PackedInt8& weights) {
  return {{SectionId::kPanels, weights.panels.as<void>(), weights.panels.size_bytes()},
          {SectionId::kColumnSums, weights.column_sums.as<void>(), weights.column_sums.size_bytes()}};
}

FileOutput file_output(OutputType type) {
  return type == OutputType::kInt8      ? FileOutput::kInt8
         : type == OutputType::kUint8   ? FileOutput::kUint8
         : type == OutputType::kFloat16 ? FileOutput::kFloat16
                                        : FileOutput::kFloat32;
}

FileActivation file_activation(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::kClip:
      return FileActivation::kClip;
    case ActivationKind::kGelu:
      return FileActivation::kGelu;
    case ActivationKind::kGeluTanh:
      return FileActivation::kGeluTanh;
    case ActivationKind::kSilu:
      return FileActivation::kSilu;
    default:
      return FileActivation::kNone;
  }
}

LayerHeader layer_header_of(const QuantizedLinearSpec& spec) {
  LayerHeader header = {};
  const InputQuantization& input = spec.quantization;
  header.input = spec.input == ActivationType::kFloat32 ? FileInput::kDynamic
                 : spec.input == ActivationType::kInt8  ? FileInput::kInt8
                                                        : FileInput::kUint8;
  header.input_scale = input.scale;
  header.input_zero_point = input.zero_point;
  header.output = file_output(spec.output);
  header.output_scale = spec.output_scale;
  header.output_zero_point = spec.output_zero_point;
  header.activation = file_activation(spec.activation.kind);
  const bool clip = spec.activation.kind == ActivationKind::kClip;
  header.activation_parameters[0] = clip ? spec.activation.low : 0;
  header.activation_parameters[1] = clip ? spec.activation.high : 0;
  return header;
}

}  // namespace

Status save_weights(const KernelSet& set, const PackedInt8& weights, const std::string& path) {
  return write(path, header_of(set, weights, FileKind::kPackedWeights), nullptr, sections_of(weights));
}

Status save_layer(const KernelSet& set, const QuantizedLinear& layer, const std::string& path) {
  const QuantizedLinearSpec& spec = layer.spec();
  const PackedInt8* weights = weights_as<PackedInt8>(spec.weights);
  if (weights == nullptr || spec.input_scale != nullptr)
    return Status::error(Code::kUnsupported, "only layers of int8 weights without groups have a file format");
  const size_t n = weights->n;
  if (spec.output == OutputType::kInt32)
    return Status::error(Code::kUnsupported, "layers with int32 output have no file format");
  std::vector<Section> sections = sections_of(*weights);
  sections.push_back({SectionId::kWeightScales, spec.weight_scale, spec.weight_scale_count * sizeof(float)});
  if (spec.weight_zero.count > 0)
    sections.push_back(
        {SectionId::kWeightZeroPoints, spec.weight_zero.values, spec.weight_zero.count * sizeof(int32_t)});
  if (spec.bias != nullptr) sections.push_back({SectionId::kBias, spec.bias, n * sizeof(float)});
  const LayerHeader layer_header = layer_header_of(spec);
  return write(path, header_of(set, *weights, FileKind::kQuantizedLinear), &layer_header, sections);
}

}  // namespace octavo
