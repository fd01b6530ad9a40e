// createQuantizedLinear, quantizedLinear.

#include "binding/calls.h"
#include "binding/handles.h"
#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "ops/quantized_linear.h"

namespace octavo {
namespace {

int32_t int_of(Napi::Object object, const char* name) {
  const float value = float_of(object, name);
  if (!(value >= -128 && value <= 255)) throw_error(object.Env(), Code::kRange, std::string(name) + " is out of range");
  return static_cast<int32_t>(value);
}

Napi::Object object_of(Napi::Env env, Napi::Value value, const char* name) {
  if (!value.IsObject()) throw_error(env, Code::kDtype, std::string(name) + " must be an object");
  return value.As<Napi::Object>();
}

OutputType output_type_of(Napi::Object object) {
  const std::string name = text_of(object, "type");
  if (name == "int32") return OutputType::kInt32;
  if (name == "float32") return OutputType::kFloat32;
  if (name == "float16") return OutputType::kFloat16;
  if (name == "int8") return OutputType::kInt8;
  if (name == "uint8") return OutputType::kUint8;
  throw_error(object.Env(), Code::kDtype, "output.type must be int32, float32, float16, int8 or uint8");
}

void read_input(Napi::Env env, Napi::Value value, QuantizedLinearSpec* spec) {
  if (value.IsNull()) return;
  const Napi::Object input = object_of(env, value, "input");
  const std::string type = text_of(input, "type");
  if (type != "int8" && type != "uint8") throw_error(env, Code::kDtype, "input.type must be int8 or uint8");
  spec->input = type == "int8" ? ActivationType::kInt8 : ActivationType::kUint8;
  spec->quantization = {false, type == "int8", float_of(input, "scale"), int_of(input, "zeroPoint")};
}

/// What a layer's spec points to.
struct LayerArrays {
  std::vector<float> scale, input_scale, bias;
  std::vector<int32_t> zero;

  explicit LayerArrays(Napi::Object object)
      : scale(float_property(object, "weightScale")),
        input_scale(float_property(object, "inputScale")),
        bias(float_property(object, "bias")),
        zero(int32_property(object, "weightZeroPoint")) {}

  void check_lengths(Napi::Env env, const LayerWeights& weights) const {
    const auto [k, n] = shape_of(weights);
    if (weights_as<PackedInt8>(weights) == nullptr && !(scale.empty() && zero.empty()))
      throw_error(env, Code::kShape, "weightScale and weightZeroPoint are for int8 weights without groups");
    if (weights_as<PackedInt8>(weights) != nullptr && scale.size() != 1 && scale.size() != n)
      throw_error(env, Code::kShape, "weightScale must have length 1 or n");
    if (zero.size() > 1 && zero.size() != n) throw_error(env, Code::kShape, "weightZeroPoint must have length 1 or n");
    if (!input_scale.empty() && input_scale.size() != k)
      throw_error(env, Code::kShape, "inputScale must have length k");
    if (!bias.empty() && bias.size() != n) throw_error(env, Code::kShape, "bias must have length n");
  }

  void lend(QuantizedLinearSpec* spec) const {
    spec->weight_scale = scale.data();
    spec->weight_scale_count = scale.size();
    spec->weight_zero = {zero.data(), zero.size()};
    spec->input_scale = input_scale.empty() ? nullptr : input_scale.data();
    spec->bias = bias.empty() ? nullptr : bias.data();
  }
};

/// Any handle of a form of weights that layers can have.
LayerWeights layer_weights_of(Napi::Env env, Napi::Value value) {
  return std::visit(
      [&](const auto& object) -> LayerWeights {
        if constexpr (std::is_constructible_v<LayerWeights, decltype(object)>)
          return object;
        else
          throw_error(env, Code::kDtype, "weights must be packed int8, int4, codebook or 16-bit float weights");
      },
      handle_of(env, value, "weights").object);
}

Napi::Value make_quantized_linear(Napi::Env env, Napi::Value value) {
  const Napi::Object object = object_of(env, value, "spec");
  QuantizedLinearSpec spec;
  spec.weights = layer_weights_of(env, object.Get("weights"));
  const LayerArrays arrays(object);
  arrays.check_lengths(env, spec.weights);
  arrays.lend(&spec);
  read_input(env, object.Get("input"), &spec);
  const Napi::Object output = object_of(env, object.Get("output"), "output");
  spec.output = output_type_of(output);
  spec.output_scale = float_of(output, "scale");
  spec.output_zero_point = int_of(output, "zeroPoint");
  spec.activation = activation_of(env, object.Get("activation"));
  auto layer = std::make_shared<QuantizedLinear>();
  throw_if_failed(env, QuantizedLinear::create(active_kernel_set(), spec, layer.get()));
  return make_handle(env, std::move(layer));
}

Napi::Value create_quantized_linear(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return make_quantized_linear(info.Env(), info[0]); });
}

/// (x, layer, out, m, xRowStride, residual, residualRowStride)
class QuantizedLinearCall : public Call {
 public:
  explicit QuantizedLinearCall(Arguments& args)
      : layer_(layer_of(args.env(), args.at(1), "layer")),
        m_(args.size(3, "m")),
        row_stride_(args.size(4, "xRowStride")) {
    read_x(args);
    read_out(args);
    read_residual(args);
    if (!layer_->accepts(type_)) throw_error(args.env(), Code::kDtype, "x does not have the layer's input type");
    if (row_stride_ < layer_->k() && m_ > 1)
      throw_error(args.env(), Code::kShape, "rows of x must be at least k elements apart");
  }
  Status run() override {
    return layer_->forward(active_kernel_set(), {type_, x_, m_, row_stride_}, {residual_.data, residual_stride_}, y_);
  }

 private:
  void read_x(Arguments& args) {
    size_t length;
    if (args.is_float32(0)) {
      floats_ = args.input<float>(0, "x");
      type_ = ActivationType::kFloat32;
      x_ = floats_.data;
      length = floats_.length;
    } else {
      bytes_ = args.byte_input(0, "x");
      type_ = bytes_.is_signed ? ActivationType::kInt8 : ActivationType::kUint8;
      x_ = bytes_.bytes.data;
      length = bytes_.bytes.length;
    }
    if (length < strided_length(m_, layer_->k(), row_stride_))
      throw_error(args.env(), Code::kShape, "x is too short for m rows of k values");
    x_bytes_ = length * (type_ == ActivationType::kFloat32 ? sizeof(float) : 1);
  }
  void read_out(Arguments& args) {
    const OutputType type = layer_->output();
    size_t length;
    if (type == OutputType::kFloat32) {
      const Output<float> out = args.output<float>(2, "out");
      y_ = out.data, length = out.length;
    } else if (type == OutputType::kFloat16) {
      const Output<uint16_t> out = args.output<uint16_t>(2, "out");
      y_ = out.data, length = out.length;
    } else if (type == OutputType::kInt32) {
      const Output<int32_t> out = args.output<int32_t>(2, "out");
      y_ = out.data, length = out.length;
    } else {
      bool is_signed;
      const Output<uint8_t> out = args.byte_output(2, "out", &is_signed);
      if (is_signed != (type == OutputType::kInt8)) throw_error(args.env(), Code::kDtype, "out has the wrong type");
      y_ = out.data, length = out.length;
    }
    if (length != multiply_sizes(m_, layer_->n()))
      throw_error(args.env(), Code::kShape, "out must hold m times n values");
    y_bytes_ = length * element_bytes(type);
    require_disjoint(args.env(), y_, y_bytes_, x_, x_bytes_, "x");
  }

  void read_residual(Arguments& args) {
    if (args.is_absent(5)) return;
    residual_ = args.input<float>(5, "residual");
    residual_stride_ = args.size(6, "residualRowStride");
    const size_t n = layer_->n();
    if (layer_->output() == OutputType::kInt32)
      throw_error(args.env(), Code::kDtype, "an int32 output takes no residual");
    if (residual_stride_ < n && m_ > 1)
      throw_error(args.env(), Code::kShape, "rows of residual must be at least n elements apart");
    if (residual_.length < strided_length(m_, n, residual_stride_))
      throw_error(args.env(), Code::kShape, "residual is too short for m rows of n values");
    require_disjoint(args.env(), y_, y_bytes_, residual_.data, residual_.length * sizeof(float), "residual");
  }

  std::shared_ptr<const QuantizedLinear> layer_;
  Input<float> floats_, residual_;
  ByteInput bytes_;
  ActivationType type_ = ActivationType::kFloat32;
  const void* x_ = nullptr;
  void* y_ = nullptr;
  size_t x_bytes_ = 0, y_bytes_ = 0;
  size_t m_, row_stride_, residual_stride_ = 0;
};

}  // namespace

void export_linear_calls(Napi::Env env, Napi::Object exports) {
  exports.Set("createQuantizedLinear", Napi::Function::New<create_quantized_linear>(env, "createQuantizedLinear"));
  export_call<QuantizedLinearCall>(env, exports, "quantizedLinear");
}

}  // namespace octavo
