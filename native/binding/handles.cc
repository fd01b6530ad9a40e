#include "binding/handles.h"

#include "binding/arguments.h"

namespace octavo {
namespace {

/// Differs between two copies of the addon in one process, whose objects need not have the same layout.
const napi_type_tag& handle_tag() {
  static const int address = 0;
  static const napi_type_tag tag = {0x6f637461766f4831, reinterpret_cast<uintptr_t>(&address)};
  return tag;
}

Handle* find_handle(Napi::Env env, Napi::Value value) {
  bool tagged = false;
  void* data = nullptr;
  if (!value.IsObject() || napi_check_object_type_tag(env, value, &handle_tag(), &tagged) != napi_ok || !tagged ||
      napi_unwrap(env, value, &data) != napi_ok)
    return nullptr;
  return static_cast<Handle*>(data);
}

/// Does not throw: finalizers call it, and no exception may leave those.
void adjust_memory(napi_env env, const Handle& handle, int sign) {
  int64_t total = 0;
  napi_adjust_external_memory(env, sign * static_cast<int64_t>(handle.size_bytes()), &total);
}

void finalize_handle(napi_env env, void* data, void*) {
  const std::unique_ptr<Handle> handle(static_cast<Handle*>(data));
  adjust_memory(env, *handle, -1);
}

template <typename T>
std::shared_ptr<T> require(Napi::Env env, const std::shared_ptr<T>& owned, const char* name, const char* kind) {
  if (!owned) throw_error(env, Code::kDtype, std::string(name) + " must be " + kind);
  return owned;
}

}  // namespace

size_t Handle::size_bytes() const {
  return (int8 ? int8->size_bytes() : 0) + (float32 ? float32->size_bytes() : 0) + (layer ? layer->size_bytes() : 0);
}

Napi::Value make_handle(Napi::Env env, Handle handle) {
  const Napi::Object object = Napi::Object::New(env);
  auto owned = std::make_unique<Handle>(std::move(handle));
  // In this order: each can fail in an environment that is being terminated, and an object that is wrapped is
  // finalized.
  if (napi_type_tag_object(env, object, &handle_tag()) != napi_ok ||
      napi_wrap(env, object, owned.get(), finalize_handle, nullptr, nullptr) != napi_ok)
    throw_error(env, Code::kNative, "cannot make a handle");
  adjust_memory(env, *owned.release(), 1);
  return object;
}

Handle& handle_of(Napi::Env env, Napi::Value value, const char* name) {
  Handle* handle = find_handle(env, value);
  if (handle == nullptr) throw_error(env, Code::kDtype, std::string(name) + " is not a handle of this addon");
  if (handle->disposed()) throw_error(env, Code::kDisposed, std::string(name) + " was disposed of");
  return *handle;
}

std::shared_ptr<const PackedInt8> packed_int8_of(Napi::Env env, Napi::Value value, const char* name) {
  return require(env, handle_of(env, value, name).int8, name, "packed int8 weights");
}

std::shared_ptr<const PackedFloat32> packed_float32_of(Napi::Env env, Napi::Value value, const char* name) {
  return require(env, handle_of(env, value, name).float32, name, "packed float32 weights");
}

std::shared_ptr<const QuantizedLinear> layer_of(Napi::Env env, Napi::Value value, const char* name) {
  return require(env, handle_of(env, value, name).layer, name, "a quantized linear layer");
}

Napi::Value handle_bytes(const Napi::CallbackInfo& info) {
  const Handle& handle = handle_of(info.Env(), info[0], "handle");
  return Napi::Number::New(info.Env(), static_cast<double>(handle.size_bytes()));
}

void dispose_handle(const Napi::CallbackInfo& info) {
  Handle* handle = find_handle(info.Env(), info[0]);
  if (handle == nullptr) throw_error(info.Env(), Code::kDtype, "handle is not a handle of this addon");
  adjust_memory(info.Env(), *handle, -1);
  *handle = Handle();
}

}  // namespace octavo
