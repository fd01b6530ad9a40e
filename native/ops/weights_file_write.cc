#include <algorithm>
#include <cstring>

#include "kernels/gemm_i4/gemm_i4.h"
#include "ops/weights_file.h"
#include "ops/weights_image_write.h"

namespace octavo {
namespace {

/// How weights lie in a file.
struct FileWeights {
  FileLayout layout;
  size_t panel_columns, panel_rows, k, n, group;
  std::vector<Section> sections;
  FileElement element = FileElement::kOfLayout;

  void add(SectionId id, const WeightMemory& memory) {
    sections.push_back({id, memory.as<void>(), memory.size_bytes()});
  }
  void add_if_any(SectionId id, const WeightMemory& memory) {
    if (memory.size_bytes() > 0) add(id, memory);
  }
};

FileWeights file_weights(const KernelSet& set, const PackedInt8& packed) {
  FileWeights weights = {FileLayout::kPanels, set.gemm_i8->nr, set.gemm_i8->kr, packed.k, packed.n, 0, {}};
  weights.add(SectionId::kPanels, packed.panels);
  weights.add(SectionId::kColumnSums, packed.column_sums);
  return weights;
}

FileWeights file_weights(const KernelSet&, const PackedInt4& packed) {
  FileWeights weights = {FileLayout::kInt4Groups, kInt4Columns, kInt4Depth, packed.k, packed.n, packed.group, {}};
  weights.add(SectionId::kPanels, packed.panels);
  weights.add_if_any(SectionId::kGroupZeroPoints, packed.zero_points);
  return weights;
}

FileWeights file_weights(const KernelSet& set, const PackedInt8Groups& packed) {
  FileWeights weights = file_weights(set, packed.high);
  weights.layout = FileLayout::kInt8Groups;
  weights.add(SectionId::kLowPanels, packed.low.panels);
  weights.add_if_any(SectionId::kLowZeroPoints, packed.low.zero_points);
  return weights;
}

FileWeights file_weights(const KernelSet&, const PackedLut4& packed) {
  FileWeights weights = {FileLayout::kCodebook, kPanelColumns, kLut4StepValues, packed.k, packed.n, packed.group, {}};
  weights.add(SectionId::kPanels, packed.panels);
  weights.sections.push_back({SectionId::kTable, packed.table, sizeof packed.table});
  return weights;
}

FileWeights file_weights(const KernelSet&, const PackedF16& packed) {
  FileWeights weights = {FileLayout::kFloat16, kPanelColumns, kF16StepValues, packed.k, packed.n, 0, {}};
  if (packed.type == HalfType::kBfloat16) weights.element = FileElement::kBfloat16;
  weights.add(SectionId::kPanels, packed.panels);
  return weights;
}

FileHeader header_of(const FileWeights& weights, FileKind kind) {
  FileHeader header = {};
  std::memcpy(header.magic, kFileMagic, sizeof kFileMagic);
  header.version = kFirstVersion;
  header.kind = kind;
  header.layout = weights.layout;
  header.panel_columns = static_cast<uint32_t>(weights.panel_columns);
  header.panel_rows = static_cast<uint32_t>(weights.panel_rows);
  header.k = weights.k;
  header.n = weights.n;
  return header;
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

/// What lies beside a layer's weights.
std::vector<Section> sections_of(const QuantizedLinearSpec& spec) {
  const auto [k, n] = shape_of(spec.weights);
  std::vector<Section> sections;
  if (weights_as<PackedInt8>(spec.weights) != nullptr)
    sections.push_back({SectionId::kWeightScales, spec.weight_scale, spec.weight_scale_count * sizeof(float)});
  if (spec.weight_zero.count > 0)
    sections.push_back(
        {SectionId::kWeightZeroPoints, spec.weight_zero.values, spec.weight_zero.count * sizeof(int32_t)});
  if (spec.bias != nullptr) sections.push_back({SectionId::kBias, spec.bias, n * sizeof(float)});
  if (spec.input_scale != nullptr) sections.push_back({SectionId::kInputScale, spec.input_scale, k * sizeof(float)});
  return sections;
}

}  // namespace

Status save_weights(const KernelSet& set, const PackedInt8& packed, const std::string& path) {
  const FileWeights weights = file_weights(set, packed);
  return write_image(path, header_of(weights, FileKind::kPackedWeights), nullptr, weights.sections);
}

Status save_layer(const KernelSet& set, const QuantizedLinear& layer, const std::string& path) {
  const QuantizedLinearSpec& spec = layer.spec();
  if (spec.output == OutputType::kInt32)
    return Status::error(Code::kUnsupported, "layers with int32 output have no file format");
  const FileWeights weights = std::visit([&](const auto& packed) { return file_weights(set, *packed); }, spec.weights);
  FileHeader header = header_of(weights, FileKind::kQuantizedLinear);
  if (weights.layout != FileLayout::kPanels || spec.input_scale != nullptr) header.version = kLastVersion;
  LayerHeader layer_header = layer_header_of(spec);
  layer_header.group = weights.group;
  layer_header.element = weights.element;
  std::vector<Section> sections = weights.sections;
  for (const Section& section : sections_of(spec)) sections.push_back(section);
  std::sort(sections.begin(), sections.end(), [](const Section& a, const Section& b) { return a.id < b.id; });
  return write_image(path, header, &layer_header, sections);
}

}  // namespace octavo
