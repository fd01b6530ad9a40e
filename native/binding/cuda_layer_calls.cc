// cudaPlaceWeights, cudaPlaceLayer, cudaPlaceLinear, cudaMatmulInt8, cudaForward: weights and layers on a device.
#include "binding/cuda_input.h"
#include "binding/plain_weights.h"
#include "core/sizes.h"
#include "cuda/linear.h"
#include "dispatch/dispatch.h"
#include "ops/gemm_i8.h"

namespace octavo {
namespace {

using WeightsPointer = std::shared_ptr<const cuda::Int8Matrix>;
using LinearPointer = std::shared_ptr<const cuda::Linear>;

template <typename T>
std::shared_ptr<const T> placed_of(Napi::Env env, Napi::Value value, const char* name, const char* kind) {
  std::shared_ptr<const T> object = handle_of(env, value, name).get<T>();
  if (!object) throw_error(env, Code::kDtype, std::string(name) + " must be " + kind);
  return object;
}

/// (device, weights): packed int8 weights
class PlaceWeightsCall : public Call {
 public:
  explicit PlaceWeightsCall(Arguments& args)
      : device_(device_of(args.env(), args.at(0), "device")),
        weights_(packed_int8_of(args.env(), args.at(1), "weights")) {}
  Status run() override {
    PlainWeights plain;
    return placed_->upload(device_, plain.rows_of(active_kernel_set(), *weights_));
  }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(placed_)); }

 private:
  DevicePointer device_;
  std::shared_ptr<const PackedInt8> weights_;
  std::shared_ptr<cuda::Int8Matrix> placed_ = std::make_shared<cuda::Int8Matrix>();
};

/// (device, layer)
class PlaceLayerCall : public Call {
 public:
  explicit PlaceLayerCall(Arguments& args)
      : device_(device_of(args.env(), args.at(0), "device")), layer_(layer_of(args.env(), args.at(1), "layer")) {}
  Status run() override {
    PlainWeights plain;
    return placed_->upload(device_, plain.layer_of(active_kernel_set(), *layer_));
  }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(placed_)); }

 private:
  DevicePointer device_;
  std::shared_ptr<const QuantizedLinear> layer_;
  std::shared_ptr<cuda::Linear> placed_ = std::make_shared<cuda::Linear>();
};

/// (device, weights, bias, activation, low, high): packed float32 weights, and what matmulFloat32 takes with them
class PlaceLinearCall : public Call {
 public:
  explicit PlaceLinearCall(Arguments& args)
      : device_(device_of(args.env(), args.at(0), "device")),
        weights_(packed_float32_of(args.env(), args.at(1), "weights")),
        bias_(args.optional_input<float>(2, "bias")) {
    if (bias_.data != nullptr && bias_.length != weights_->n)
      throw_error(args.env(), Code::kShape, "bias must have length n");
    spec_.epilogue.bias = bias_.data;
    spec_.epilogue.activation = args.activation(3);
  }
  Status run() override {
    PlainWeights plain;
    spec_.weights = plain.floats_of(active_kernel_set(), *weights_);
    return placed_->upload(device_, spec_);
  }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(placed_)); }

 private:
  DevicePointer device_;
  std::shared_ptr<const PackedFloat32> weights_;
  Input<float> bias_;
  cuda::LinearSpec spec_;
  std::shared_ptr<cuda::Linear> placed_ = std::make_shared<cuda::Linear>();
};

void check_zero_points(Napi::Env env, const Input<int32_t>& zero, size_t count, const char* name) {
  if (zero.data != nullptr && zero.length != 1 && zero.length != count)
    throw_error(env, Code::kShape, std::string(name) + " must have length 1 or " + std::to_string(count));
}

template <typename Out, typename In>
void require_apart(Napi::Env env, const DeviceSpan<Out>& out, const DeviceSpan<In>& in, const char* name) {
  if (out.memory == in.memory && out.memory->size_bytes() > 0)
    throw_error(env, Code::kShape, std::string("out must not be ") + name);
}

/// (a, weights, out, m, signed, aZeroPoint, bZeroPoint): a and out in the memory of the weights' device
class MatmulInt8Call : public Call {
 public:
  explicit MatmulInt8Call(Arguments& args)
      : weights_(placed_of<cuda::Int8Matrix>(args.env(), args.at(1), "b", "int8 weights on a device")),
        m_(args.size(3, "m")),
        is_signed_(args.boolean(4, "signed")),
        a_zero_(args.optional_input<int32_t>(5, "aZeroPoint")),
        b_zero_(args.optional_input<int32_t>(6, "bZeroPoint")) {
    const Napi::Env env = args.env();
    check_zero_points(env, a_zero_, m_, "aZeroPoint");
    check_zero_points(env, b_zero_, weights_->n(), "bZeroPoint");
    const ActivationType type = is_signed_ ? ActivationType::kInt8 : ActivationType::kUint8;
    throw_if_failed(
        env, check_gemm_i8_range(type, weights_->k(), {a_zero_.data, a_zero_.length}, {b_zero_.data, b_zero_.length}));
    const DevicePointer& device = weights_->device();
    a_ = device_input<uint8_t>(env, device, args.at(0), "a", multiply_sizes(m_, weights_->k()));
    out_ = device_output<int32_t>(env, device, args.at(2), "out", multiply_sizes(m_, weights_->n()));
    require_apart(env, out_, a_, "a");
  }
  Status run() override {
    return cuda::matmul_i8(*weights_, {a_.data, m_, weights_->k(), weights_->k()}, is_signed_,
                           {a_zero_.data, a_zero_.length}, {b_zero_.data, b_zero_.length}, out_.data);
  }

 private:
  WeightsPointer weights_;
  size_t m_;
  bool is_signed_;
  Input<int32_t> a_zero_, b_zero_;
  DeviceSpan<const uint8_t> a_;
  DeviceSpan<int32_t> out_;
};

/// (layer, x, type, out, m, residual): everything in the memory of the layer's device; type is that of x
class ForwardCall : public Call {
 public:
  explicit ForwardCall(Arguments& args)
      : layer_(placed_of<cuda::Linear>(args.env(), args.at(0), "layer", "a layer on a device")), m_(args.size(4, "m")) {
    const Napi::Env env = args.env();
    const size_t outputs = multiply_sizes(m_, layer_->n());
    read_x(args);
    const DevicePointer& device = layer_->device();
    out_ = device_output<uint8_t>(env, device, args.at(3), "out",
                                  multiply_sizes(outputs, element_bytes(layer_->output())));
    require_apart(env, out_, x_, "x");
    if (args.is_absent(5)) return;
    residual_ = device_input<float>(env, device, args.at(5), "residual", outputs);
    require_apart(env, out_, residual_, "residual");
  }
  Status run() override {
    const size_t k = layer_->k();
    if (is_float_)
      return layer_->forward(cuda::DeviceRows<float>{reinterpret_cast<const float*>(x_.data), m_, k, k}, residual_.data,
                             out_.data);
    return layer_->forward(cuda::DeviceRows<uint8_t>{x_.data, m_, k, k}, residual_.data, out_.data);
  }

 private:
  void read_x(Arguments& args) {
    const std::string type = args.text(2, "type");
    is_float_ = type == "float32";
    if (!is_float_ && (layer_->dynamic() || type != (layer_->input_signed() ? "int8" : "uint8")))
      throw_error(args.env(), Code::kDtype, "x does not have the layer's input type");
    const size_t count = multiply_sizes(m_, layer_->k());
    x_ = device_input<uint8_t>(args.env(), layer_->device(), args.at(1), "x",
                               multiply_sizes(count, is_float_ ? sizeof(float) : 1));
  }

  LinearPointer layer_;
  size_t m_;
  bool is_float_ = true;
  DeviceSpan<const uint8_t> x_;
  DeviceSpan<const float> residual_;
  DeviceSpan<uint8_t> out_;
};

}  // namespace

void export_cuda_layer_calls(Napi::Env env, Napi::Object exports) {
  export_now<PlaceWeightsCall>(env, exports, "cudaPlaceWeights");
  export_now<PlaceLayerCall>(env, exports, "cudaPlaceLayer");
  export_now<PlaceLinearCall>(env, exports, "cudaPlaceLinear");
  export_now<MatmulInt8Call>(env, exports, "cudaMatmulInt8");
  export_now<ForwardCall>(env, exports, "cudaForward");
}

}  // namespace octavo
