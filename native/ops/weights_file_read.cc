#include <bit>
#include <cstring>

#include "core/sizes.h"
#include "ops/unpack.h"
#include "ops/weights_file.h"
#include "ops/weights_groups_read.h"
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

/// Products take the column sums on trust: they must be what a row of ones gives, whatever the kernel set.
Status check_sums(const KernelSet& given, const PackedInt8& weights, const void* column_sums) {
  const KernelSet& set = kernel_set_for_rows(given, 1);
  const size_t bytes = multiply_sizes(weights.n, sizeof(int32_t));
  AlignedBuffer ones, sums;
  if (weights.n == 0) return {};
  if (!ones.allocate(weights.k) || !sums.allocate(bytes))
    return Status::error(Code::kNative, "no memory to check column sums");
  std::memset(ones.as<void>(), 1, weights.k);
  const bool unsigned_rows = staged_zero_point(set, ActivationType::kUint8, 0) == 0;
  const Activations row = {
      unsigned_rows ? ActivationType::kUint8 : ActivationType::kInt8, ones.as<void>(), 1, weights.k, {}};
  if (Status s = run_gemm_i8(set, row, weights, {}, {OutputType::kInt32, sums.as<void>()}); !s.ok()) return s;
  return std::memcmp(sums.as<void>(), column_sums, bytes) == 0 ? Status() : refuse("has wrong column sums");
}

Status take_weights(const KernelSet& set, const WeightsImage& image, PackedInt8* weights) {
  const PanelShape shape = shape_of(image.header());
  const auto* panels = image.section<int8_t>(SectionId::kPanels);
  if (!padding_is_zero(panels, shape)) return refuse("has weights beyond its k and n");
  const auto* sums = image.section<void>(SectionId::kColumnSums);
  if (shape.nr != set.gemm_i8->nr || shape.kr != set.gemm_i8->kr) {
    if (Status s = repack(set, panels, shape, weights); !s.ok()) return s;
    return check_sums(set, *weights, sums);
  }
  weights->k = shape.k;
  weights->n = shape.n;
  weights->k_padded = round_up(shape.k, shape.kr);
  weights->panels.borrow(image.hold(SectionId::kPanels), image.size_bytes(SectionId::kPanels));
  weights->column_sums.borrow(image.hold(SectionId::kColumnSums), image.size_bytes(SectionId::kColumnSums));
  return check_sums(set, *weights, sums);
}

Status take_layer_weights(const KernelSet& set, const WeightsImage& image, LayerWeights* weights) {
  if (image.form().layout != FileLayout::kPanels) return read_grouped_weights(image, weights);
  const auto packed = std::make_shared<PackedInt8>();
  *weights = packed;
  return take_weights(set, image, packed.get());
}

Status take_input(const LayerHeader& header, QuantizedLinearSpec* spec) {
  if (header.input > FileInput::kUint8) return refuse("has activations of an unknown type");
  const bool dynamic = header.input == FileInput::kDynamic;
  if (dynamic && (header.input_scale != 1 || header.input_zero_point != 0))
    return refuse("has parameters for activations that have their own");
  spec->input = dynamic                            ? ActivationType::kFloat32
                : header.input == FileInput::kInt8 ? ActivationType::kInt8
                                                   : ActivationType::kUint8;
  spec->quantization = {dynamic, header.input == FileInput::kInt8, header.input_scale, header.input_zero_point};
  return {};
}

Status take_output(const LayerHeader& header, QuantizedLinearSpec* spec) {
  static constexpr OutputType kTypes[] = {OutputType::kFloat32, OutputType::kInt8, OutputType::kUint8,
                                          OutputType::kFloat16};
  if (static_cast<size_t>(header.output) >= std::size(kTypes)) return refuse("has outputs of an unknown type");
  spec->output = kTypes[static_cast<size_t>(header.output)];
  const bool floats = spec->output == OutputType::kFloat32 || spec->output == OutputType::kFloat16;
  if (floats && (header.output_scale != 1 || header.output_zero_point != 0))
    return refuse("has parameters for outputs without any");
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
  const bool none = std::bit_cast<uint32_t>(low) == 0 && std::bit_cast<uint32_t>(high) == 0;
  if (activation->kind != ActivationKind::kClip && !none)
    return refuse("has parameters for an activation function without any");
  return {};
}

void take_columns(const WeightsImage& image, QuantizedLinearSpec* spec) {
  spec->weight_scale = image.section<float>(SectionId::kWeightScales);
  spec->weight_scale_count = image.size_bytes(SectionId::kWeightScales) / sizeof(float);
  spec->weight_zero = {image.section<int32_t>(SectionId::kWeightZeroPoints),
                       image.size_bytes(SectionId::kWeightZeroPoints) / sizeof(int32_t)};
  spec->input_scale = image.section<float>(SectionId::kInputScale);
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
  QuantizedLinearSpec spec;
  if (Status s = take_layer_weights(set, image, &spec.weights); !s.ok()) return s;
  if (Status s = take_input(image.layer(), &spec); !s.ok()) return s;
  if (Status s = take_output(image.layer(), &spec); !s.ok()) return s;
  if (Status s = take_activation(image.layer(), &spec.activation); !s.ok()) return s;
  take_columns(image, &spec);
  Status made = QuantizedLinear::create(set, spec, layer);
  if (made.code == Code::kRange || made.code == Code::kUnsupported)
    return refuse("holds a layer that cannot be: " + made.message);
  return made;
}

}  // namespace octavo
