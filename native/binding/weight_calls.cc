// What can be known and done about weights besides computing: their sizes, what a layer is made of, sharing, files.
#include <algorithm>

#include "binding/calls.h"
#include "binding/handles.h"
#include "binding/shared_handles.h"
#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "ops/row_table_file.h"
#include "ops/unpack.h"
#include "ops/weights_file.h"

namespace octavo {
namespace {

const char* type_of(const PackedInt8&) { return "int8"; }
const char* type_of(const PackedFloat32&) { return "float32"; }
const char* type_of(const PackedInt4&) { return "int4"; }
const char* type_of(const PackedInt8Groups&) { return "int8"; }
const char* type_of(const PackedLut4&) { return "lut4"; }
const char* type_of(const PackedF16& packed) { return packed.type == HalfType::kFloat16 ? "float16" : "bfloat16"; }

template <typename Object>
Napi::Value shape_of(Napi::Env env, const std::shared_ptr<const Object>& packed) {
  if constexpr (requires { type_of(*packed); }) {
    const Napi::Object shape = Napi::Object::New(env);
    shape.Set("type", type_of(*packed));
    shape.Set("k", static_cast<double>(packed->k));
    shape.Set("n", static_cast<double>(packed->n));
    return shape;
  } else {
    throw_error(env, Code::kDtype, "handle must be packed weights");
  }
}
Napi::Value shape_of(Napi::Env env, const std::monostate&) { return env.Null(); }

/// {type, k, n} of packed weights.
Napi::Value packed_shape(const Napi::CallbackInfo& info) {
  const Handle& handle = handle_of(info.Env(), info[0], "handle");
  return std::visit([&](const auto& object) { return shape_of(info.Env(), object); }, handle.object);
}

template <typename T>
Napi::Value array_of(Napi::Env env, const T* values, size_t count) {
  if (values == nullptr) return env.Null();
  auto array = Napi::TypedArrayOf<T>::New(env, count);
  std::copy_n(values, count, array.Data());
  return array;
}

const char* type_name(OutputType type) {
  return type == OutputType::kInt32     ? "int32"
         : type == OutputType::kFloat16 ? "float16"
         : type == OutputType::kInt8    ? "int8"
         : type == OutputType::kUint8   ? "uint8"
                                        : "float32";
}

Napi::Value params_of(Napi::Env env, const char* type, float scale, int32_t zero_point) {
  const Napi::Object params = Napi::Object::New(env);
  params.Set("type", type);
  params.Set("scale", scale);
  params.Set("zeroPoint", zero_point);
  return params;
}

/// Values of k that share a scale; 0 where there are no scales.
size_t group_of(const PackedInt8& packed) { return packed.k; }
size_t group_of(const PackedInt4& packed) { return std::min(packed.group, packed.k); }
size_t group_of(const PackedInt8Groups& packed) { return group_of(packed.high); }
size_t group_of(const PackedLut4& packed) { return packed.group; }
size_t group_of(const PackedF16&) { return 0; }

void describe_weights(const LayerWeights& weights, Napi::Object result) {
  std::visit(
      [&](const auto& packed) {
        result.Set("k", static_cast<double>(packed->k));
        result.Set("n", static_cast<double>(packed->n));
        result.Set("weightFormat", type_of(*packed));
        result.Set("weightGroup", static_cast<double>(group_of(*packed)));
      },
      weights);
}

/// The spec of createQuantizedLinear again, with their sizes and form in place of the weights.
Napi::Value describe_layer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto layer = layer_of(env, info[0], "layer");
  const QuantizedLinearSpec& spec = layer->spec();
  const Napi::Object result = Napi::Object::New(env);
  describe_weights(spec.weights, result);
  const PackedLut4* codebook = weights_as<PackedLut4>(spec.weights);
  result.Set("weightTable", array_of(env, codebook == nullptr ? nullptr : codebook->table, kLut4TableSize));
  result.Set("weightScale", array_of(env, spec.weight_scale, spec.weight_scale_count));
  const int32_t* zero = spec.weight_zero.count == 0 ? nullptr : spec.weight_zero.values;
  result.Set("weightZeroPoint", array_of(env, zero, spec.weight_zero.count));
  result.Set("inputScale", array_of(env, spec.input_scale, layer->k()));
  result.Set("bias", array_of(env, spec.bias, layer->n()));
  const InputQuantization& input = spec.quantization;
  const bool dynamic = spec.input == ActivationType::kFloat32;
  result.Set("input", dynamic ? env.Null()
                              : params_of(env, spec.input == ActivationType::kInt8 ? "int8" : "uint8", input.scale,
                                          input.zero_point));
  result.Set("output", params_of(env, type_name(spec.output), spec.output_scale, spec.output_zero_point));
  return result;
}

/// (handle, out): float32 weights as [n, k].
class UnpackFloat32Call : public Call {
 public:
  explicit UnpackFloat32Call(Arguments& args)
      : weights_(packed_float32_of(args.env(), args.at(0), "handle")), out_(args.output<float>(1, "out")) {
    if (out_.length != multiply_sizes(weights_->k, weights_->n))
      throw_error(args.env(), Code::kShape, "out must hold k times n values");
  }
  Status run() override {
    unpack_float32(active_kernel_set(), *weights_, out_.data);
    return {};
  }

 private:
  std::shared_ptr<const PackedFloat32> weights_;
  Output<float> out_;
};

Napi::Value share(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    Handle& handle = handle_of(info.Env(), info[0], "handle");
    return Napi::String::New(info.Env(), SharedHandles::instance().share(handle));
  });
}

/// (id)
Napi::Value open_shared(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Env env = info.Env();
    Handle handle = SharedHandles::instance().open(Arguments(info, Arguments::Mode::kBorrow).text(0, "id"));
    if (handle.disposed())
      throw_error(
          env, Code::kDisposed,
          "nothing here has this id: it was disposed of, or shared in another process, or by another copy of octavo in "
          "this one");
    return make_handle(env, std::move(handle));
  });
}

/// (handle, path): packed int8 weights or a layer.
class SaveCall : public Call {
 public:
  explicit SaveCall(Arguments& args)
      : weights_(handle_of(args.env(), args.at(0), "handle").get<PackedInt8>()),
        layer_(handle_of(args.env(), args.at(0), "handle").get<QuantizedLinear>()),
        table_(handle_of(args.env(), args.at(0), "handle").get<RowTable>()),
        path_(args.text(1, "path")) {
    if (!weights_ && !layer_ && !table_)
      throw_error(args.env(), Code::kDtype, "handle must be packed int8 weights or a layer, or a table");
  }
  Status run() override {
    const KernelSet& set = active_kernel_set();
    if (table_) return save_row_table(*table_, path_);
    return weights_ ? save_weights(set, *weights_, path_) : save_layer(set, *layer_, path_);
  }

 private:
  std::shared_ptr<const PackedInt8> weights_;
  std::shared_ptr<const QuantizedLinear> layer_;
  std::shared_ptr<const RowTable> table_;
  std::string path_;
};

/// (path, map)
template <typename Object, Status (*load)(const KernelSet&, const std::string&, FileAccess, Object*)>
class LoadCall : public Call {
 public:
  explicit LoadCall(Arguments& args)
      : path_(args.text(0, "path")), access_(args.boolean(1, "map") ? FileAccess::kMap : FileAccess::kRead) {}
  Status run() override { return load(active_kernel_set(), path_, access_, object_.get()); }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(object_)); }

 private:
  std::string path_;
  FileAccess access_;
  std::shared_ptr<Object> object_ = std::make_shared<Object>();
};

using LoadWeightsCall = LoadCall<PackedInt8, load_weights>;
using LoadLayerCall = LoadCall<QuantizedLinear, load_layer>;
using LoadTableCall = LoadCall<RowTable, load_row_table>;

Napi::Value weight_bytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(WeightMemory::total_bytes()));
}

}  // namespace

void export_weight_calls(Napi::Env env, Napi::Object exports) {
  exports.Set("packedShape", Napi::Function::New<packed_shape>(env, "packedShape"));
  exports.Set("describeLayer", Napi::Function::New<describe_layer>(env, "describeLayer"));
  export_function(env, exports, "unpackFloat32", call_now<UnpackFloat32Call>);
  exports.Set("share", Napi::Function::New<share>(env, "share"));
  exports.Set("openShared", Napi::Function::New<open_shared>(env, "openShared"));
  export_call<SaveCall>(env, exports, "save");
  export_call<LoadWeightsCall>(env, exports, "loadWeights");
  export_call<LoadLayerCall>(env, exports, "loadLayer");
  export_call<LoadTableCall>(env, exports, "loadTable");
  exports.Set("weightBytes", Napi::Function::New<weight_bytes>(env, "weightBytes"));
}

}  // namespace octavo
