#include <cstring>

#include "core/sizes.h"
#include "ops/unpack.h"
#include "ops/weights_file.h"
#include "ops/weights_image.h"

namespace octavo {
namespace {

Status refuse(std::string fault) { return Status::error(Code::kFile, std::move(fault)); }

PanelShape shape_of(const FileHeader& h) { return {h.k, h.n, h.panel_columns, h.panel_rows}; }

/// The kernels rely on zeros beyond k: there they meet whatever lies behind a row of activations.
bool padding_is_zero(const int8_t* panels, const PanelShape& shape) {
  const auto [k, n, nr, kr] = shape;
  const size_t k_padded = round_up(k, kr), filled = k % kr;
  for (size_t j = 0; j < round_up(n, nr); ++j) {
    const int8_t* column = panels + j / nr * nr * k_padded + j % nr * kr;
    for (size_t p = j < n ? k / kr * kr : 0; p < k_padded; p += kr)
      for (size_t r = j < n ? filled : 0; r < kr; ++r)
        if (column[p * nr + r] != 0) return false;
  }
  return true;
}

Status repack(const KernelSet& set, const int8_t* panels, const PanelShape& shape, PackedInt8* weights) {
  AlignedBuffer plain;
  if (!plain.allocate(multiply_sizes(shape.k, shape.n)))
    return Status::error(Code::kNative, "no memory for weights of another layout");
  unpack_int8(panels, shape, plain.as<int8_t>());
  return pack_int8(set, plain.as<int8_t>(), {shape.k, shape.n, true}, weights);
}

Status take_weights(const KernelSet& set, const WeightsImage& image, PackedInt8* weights) {
  const PanelShape shape = shape_of(image.header());
  const auto* panels = image.section<int8_t>(SectionId::kPanels);
  if (!padding_is_zero(panels, shape)) return refuse("has weights beyond its k and n");
  if (shape.nr != set.gemm_i8->nr || shape.kr != set.gemm_i8->kr) return repack(set, panels, shape, weights);
  weights->k = shape.k;
  weights->n = shape.n;
  weights->k_padded = round_up(shape.k, shape.kr);
  weights->panels.borrow(image.hold(SectionId::kPanels), image.size_bytes(SectionId::kPanels));
  weights->column_sums.borrow(image.hold(SectionId::kColumnSums), image.size_bytes(SectionId::kColumnSums));
  return {};
}

Status take_input(const LayerHeader& header, QuantizedLinearSpec* spec) {
  if (header.input > FileInput::kUint8) return refuse("has activations of an unknown type");
  spec->input = header.input == FileInput::kDynamic ? ActivationType::kFloat32
                : header.input == FileInput::kInt8  ? ActivationType::kInt8
                                                    : ActivationType::kUint8;
  spec->quantization = {header.input == FileInput::kDynamic, header.input == FileInput::kInt8, header.input_scale,
                        header.input_zero_point};
  return {};
}

Status take_output(const LayerHeader& header, QuantizedLinearSpec* spec) {
  static constexpr OutputType kTypes[] = {OutputType::kFloat32, OutputType::kInt8, OutputType::kUint8,
                                          OutputType::kFloat16};
  if (static_cast<size_t>(header.output) >= std::size(kTypes)) return refuse("has outputs of an unknown type");
  spec->output = kTypes[static_cast<size_t>(header.output)];
  spec->output_scale = header.output_scale;
  spec->output_zero_point = header.output_zero_point;
  return {};
}

Status take_activation(const LayerHeader& header, Activation* activation) {
  static constexpr ActivationKind kKinds[] = {ActivationKind::kNone, ActivationKind::kClip, ActivationKind::kGelu,
                                              ActivationKind::kGeluTanh, ActivationKind::kSilu};
  const auto [low, high] = header.activation_parameters;
  if (static_cast<size_t>(header.activation) >= std::size(kKinds)) return refuse("has an unknown activation function");
  *activation = {kKinds[static_cast<size_t>(header.activation)], low, high};
  if (activation->kind != ActivationKind::kClip && (low != 0 || high != 0))
    return refuse("has parameters for an activation function without any");
  return {};
}

void take_columns(const WeightsImage& image, QuantizedLinearSpec* spec) {
  spec->weight_scale = image.section<float>(SectionId::kWeightScales);
  spec->weight_scale_count = image.size_bytes(SectionId::kWeightScales) / sizeof(float);
  spec->weight_zero = {image.section<int32_t>(SectionId::kWeightZeroPoints),
                       image.size_bytes(SectionId::kWeightZeroPoints) / sizeof(int32_t)};
  spec->bias = image.section<float>(SectionId::kBias);
}

}  // namespace

Status load_weights(const KernelSet& set, const std::string& path, FileAccess access, PackedInt8* weights) {
  WeightsImage image;
  if (Status s = image.load(path, FileKind::kPackedWeights, access); !s.ok()) return s;
  return take_weights(set, image, weights);
}

Status load_layer(const KernelSet& set, const std::string& path, FileAccess access, QuantizedLinear* layer) {
  WeightsImage image;
  if (Status s = image.load(path, FileKind::kQuantizedLinear, access); !s.ok()) return s;
  const auto weights = std::make_shared<PackedInt8>();
  if (Status s = take_weights(set, image, weights.get()); !s.ok()) return s;
  QuantizedLinearSpec spec;
  spec.weights = weights;
  if (Status s = take_input(image.layer(), &spec); !s.ok()) return s;
  if (Status s = take_output(image.layer(), &spec); !s.ok()) return s;
  if (Status s = take_activation(image.layer(), &spec.activation); !s.ok()) return s;
  take_columns(image, &spec);
  Status made = QuantizedLinear::create(set, spec, layer);
  if (made.code == Code::kRange) return refuse("holds a layer that cannot be: " + made.message);
  return made;
}

}  // namespace octavo
