#include "binding/arguments.h"

#include <cmath>
#include <cstring>

#include "binding/instance.h"

namespace octavo {
namespace {

template <typename T>
constexpr napi_typedarray_type kTypeOf = napi_float32_array;
template <>
constexpr napi_typedarray_type kTypeOf<int32_t> = napi_int32_array;
template <>
constexpr napi_typedarray_type kTypeOf<int8_t> = napi_int8_array;
template <>
constexpr napi_typedarray_type kTypeOf<uint8_t> = napi_uint8_array;
template <>
constexpr napi_typedarray_type kTypeOf<int16_t> = napi_int16_array;
template <>
constexpr napi_typedarray_type kTypeOf<uint16_t> = napi_uint16_array;
template <>
constexpr napi_typedarray_type kTypeOf<double> = napi_float64_array;
template <>
constexpr napi_typedarray_type kTypeOf<uint64_t> = napi_biguint64_array;
template <>
constexpr napi_typedarray_type kTypeOf<int64_t> = napi_bigint64_array;

const char* type_name(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
      return "Int8Array";
    case napi_uint8_array:
      return "Uint8Array";
    case napi_uint8_clamped_array:
      return "Uint8ClampedArray";
    case napi_int16_array:
      return "Int16Array";
    case napi_uint16_array:
      return "Uint16Array";
    case napi_int32_array:
      return "Int32Array";
    case napi_uint32_array:
      return "Uint32Array";
    case napi_float32_array:
      return "Float32Array";
    case napi_float64_array:
      return "Float64Array";
    case napi_bigint64_array:
      return "BigInt64Array";
    case napi_biguint64_array:
      return "BigUint64Array";
    default:
      return "typed array of another type";
  }
}

template <typename T>
std::vector<T> vector_property(Napi::Object object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (value.IsNull()) return {};
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != kTypeOf<T>)
    throw_error(object.Env(), Code::kDtype, std::string(name) + " must be a " + type_name(kTypeOf<T>) + " or null");
  const auto array = value.As<Napi::TypedArrayOf<T>>();
  return std::vector<T>(array.Data(), array.Data() + array.ElementLength());
}

}  // namespace

Arguments::Arguments(napi_env env, napi_callback_info info, Mode mode) : env_(env), mode_(mode) {
  if (napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr) != napi_ok)
    throw_error(env, Code::kNative, "the call's arguments cannot be read");
}

Arguments::View Arguments::view(size_t index, const char* name) const {
  View view;
  napi_value buffer = nullptr;
  bool is_plain = false;
  if (napi_get_typedarray_info(env_, values_[index], &view.type, &view.length, &view.data, &buffer, nullptr) != napi_ok)
    throw_error(env(), Code::kDtype, std::string(name) + " must be a typed array");
  if (napi_is_arraybuffer(env_, buffer, &is_plain) != napi_ok || !is_plain)
    throw_error(
        env(), Code::kDtype,
        std::string(name) + " must not lie in a SharedArrayBuffer: other threads could change it during the call");
  return view;
}

void Arguments::require_type(const View& view, napi_typedarray_type type, const char* name) const {
  if (view.type != type)
    throw_error(env(), Code::kDtype,
                std::string(name) + " must be a " + type_name(type) + ", got a " + type_name(view.type));
}

void Arguments::pin(size_t index) {
  if (mode_ == Mode::kOwn) pinned_.push_back(Napi::Persistent(at(index).As<Napi::Object>()));
}

bool Arguments::is_array_of(size_t index, napi_typedarray_type wanted) const {
  napi_typedarray_type type;
  return napi_get_typedarray_info(env_, values_[index], &type, nullptr, nullptr, nullptr, nullptr) == napi_ok &&
         type == wanted;
}

bool Arguments::is_float32(size_t index) const { return is_array_of(index, napi_float32_array); }
bool Arguments::is_int64(size_t index) const { return is_array_of(index, napi_bigint64_array); }

namespace {

template <typename T>
Input<T> make_input(const void* data, size_t length, bool copy) {
  Input<T> input;
  input.length = length;
  input.data = static_cast<const T*>(data);
  if (copy) {
    input.owned.reset(new T[length]);
    if (length > 0) std::memcpy(input.owned.get(), data, length * sizeof(T));
    input.data = input.owned.get();
  }
  return input;
}

}  // namespace

template <typename T>
Input<T> Arguments::input(size_t index, const char* name) {
  const View array = view(index, name);
  require_type(array, kTypeOf<T>, name);
  return make_input<T>(array.data, array.length, mode_ == Mode::kOwn);
}

template <typename T>
Input<T> Arguments::optional_input(size_t index, const char* name) {
  static constexpr T kNothing = 0;
  if (is_absent(index)) return {};
  Input<T> array = input<T>(index, name);
  if (array.data == nullptr) array.data = &kNothing;
  return array;
}

ByteInput Arguments::byte_input(size_t index, const char* name) {
  const View array = view(index, name);
  if (array.type != napi_int8_array) require_type(array, napi_uint8_array, name);
  return {make_input<uint8_t>(array.data, array.length, mode_ == Mode::kOwn), array.type == napi_int8_array};
}

template <typename T>
Output<T> Arguments::output(size_t index, const char* name) {
  const View array = view(index, name);
  require_type(array, kTypeOf<T>, name);
  pin(index);
  return {static_cast<T*>(array.data), array.length};
}

Output<uint8_t> Arguments::byte_output(size_t index, const char* name, bool* is_signed) {
  const View array = view(index, name);
  if (array.type != napi_int8_array) require_type(array, napi_uint8_array, name);
  *is_signed = array.type == napi_int8_array;
  pin(index);
  return {static_cast<uint8_t*>(array.data), array.length};
}

size_t Arguments::size(size_t index, const char* name) const { return to_size(env(), at(index), name); }

double Arguments::number(size_t index, const char* name) const {
  if (!at(index).IsNumber()) throw_error(env(), Code::kDtype, std::string(name) + " must be a number");
  return at(index).As<Napi::Number>().DoubleValue();
}

bool Arguments::boolean(size_t index, const char* name) const {
  if (!at(index).IsBoolean()) throw_error(env(), Code::kDtype, std::string(name) + " must be true or false");
  return at(index).As<Napi::Boolean>().Value();
}

std::string Arguments::text(size_t index, const char* name) const {
  if (!at(index).IsString()) throw_error(env(), Code::kDtype, std::string(name) + " must be a string");
  return at(index).As<Napi::String>().Utf8Value();
}

void require_disjoint(Napi::Env env, const void* out, size_t out_bytes, const void* in, size_t in_bytes,
                      const char* name) {
  const uintptr_t out_first = reinterpret_cast<uintptr_t>(out), in_first = reinterpret_cast<uintptr_t>(in);
  if (out_bytes > 0 && in_bytes > 0 && out_first < in_first + in_bytes && in_first < out_first + out_bytes)
    throw_error(env, Code::kShape, "out must not overlap " + std::string(name) + " in memory");
}

size_t to_size(Napi::Env env, Napi::Value value, const char* name) {
  constexpr double kMaxSafeInteger = 9007199254740991.0;
  double number = -1;
  if (napi_get_value_double(env, value, &number) != napi_ok || !(number >= 0 && number <= kMaxSafeInteger) ||
      static_cast<double>(static_cast<size_t>(number)) != number)
    throw_error(env, Code::kRange, std::string(name) + " must be a non-negative integer");
  return static_cast<size_t>(number);
}

float float_of(Napi::Object object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsNumber()) throw_error(object.Env(), Code::kDtype, std::string(name) + " must be a number");
  return value.As<Napi::Number>().FloatValue();
}

std::string text_of(Napi::Object object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsString()) throw_error(object.Env(), Code::kDtype, std::string(name) + " must be a string");
  return value.As<Napi::String>().Utf8Value();
}

namespace {

Activation make_clip(Napi::Env env, float low, float high) {
  if (!(low <= high)) throw_error(env, Code::kRange, "a clip must have low <= high");
  return {ActivationKind::kClip, low, high};
}

}  // namespace

Activation Arguments::activation(size_t index) const {
  if (is_absent(index)) return {};
  const size_t kind = size(index, "activation");
  if (kind > static_cast<size_t>(ActivationKind::kSilu))
    throw_error(env(), Code::kRange, "activation must be the number of a kind");
  if (kind != static_cast<size_t>(ActivationKind::kClip)) return {static_cast<ActivationKind>(kind)};
  return make_clip(env(), static_cast<float>(number(index + 1, "low")), static_cast<float>(number(index + 2, "high")));
}

Activation activation_of(Napi::Env env, Napi::Value value) {
  if (value.IsNull()) return {};
  if (!value.IsObject()) throw_error(env, Code::kDtype, "activation must be an object or null");
  const Napi::Object object = value.As<Napi::Object>();
  const std::string kind = text_of(object, "kind");
  if (kind == "gelu") return {ActivationKind::kGelu};
  if (kind == "geluTanh") return {ActivationKind::kGeluTanh};
  if (kind == "silu") return {ActivationKind::kSilu};
  if (kind != "clip") throw_error(env, Code::kDtype, "activation.kind must be clip, gelu, geluTanh or silu");
  return make_clip(env, float_of(object, "low"), float_of(object, "high"));
}

std::vector<float> float_property(Napi::Object object, const char* name) {
  return vector_property<float>(object, name);
}
std::vector<int32_t> int32_property(Napi::Object object, const char* name) {
  return vector_property<int32_t>(object, name);
}

template Input<float> Arguments::input(size_t, const char*);
template Input<int8_t> Arguments::input(size_t, const char*);
template Input<uint64_t> Arguments::input(size_t, const char*);
template Input<double> Arguments::input(size_t, const char*);
template Input<uint8_t> Arguments::input(size_t, const char*);
template Input<uint16_t> Arguments::input(size_t, const char*);
template Input<int32_t> Arguments::input(size_t, const char*);
template Input<float> Arguments::optional_input(size_t, const char*);
template Input<int32_t> Arguments::optional_input(size_t, const char*);
template Input<int8_t> Arguments::optional_input(size_t, const char*);
template Output<float> Arguments::output(size_t, const char*);
template Output<double> Arguments::output(size_t, const char*);
template Output<int32_t> Arguments::output(size_t, const char*);
template Output<int16_t> Arguments::output(size_t, const char*);
template Output<uint16_t> Arguments::output(size_t, const char*);
template Output<uint8_t> Arguments::output(size_t, const char*);
template Output<uint64_t> Arguments::output(size_t, const char*);
template Input<int64_t> Arguments::input(size_t, const char*);
template Input<int64_t> Arguments::optional_input(size_t, const char*);
template Input<uint8_t> Arguments::optional_input(size_t, const char*);
template Output<int64_t> Arguments::output(size_t, const char*);

}  // namespace octavo
