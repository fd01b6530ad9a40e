#include "binding/handles.h"

#include "binding/arguments.h"
#include "binding/instance.h"

namespace octavo {
namespace {

/// What an object wraps.
struct OwnedHandle {
  Handle handle;
  std::shared_ptr<HandleRegistry> registry;
  int64_t reported_bytes = 0;  // what the engine was told of

  /// Does not throw: finalizers call it, and no exception may leave those.
  void report(napi_env env, size_t bytes) {
    int64_t total = 0;
    const auto now = static_cast<int64_t>(bytes);
    napi_adjust_external_memory(env, now - reported_bytes, &total);
    reported_bytes = now;
  }
};

OwnedHandle* find_handle(Napi::Env env, Napi::Value value) {
  void* data = nullptr;
  if (napi_unwrap(env, value, &data) != napi_ok || !Instance::of(env).handles->contains(data)) return nullptr;
  return static_cast<OwnedHandle*>(data);
}

void finalize_handle(napi_env env, void* data, void*) {
  const std::unique_ptr<OwnedHandle> owned(static_cast<OwnedHandle*>(data));
  owned->registry->erase(data);
  owned->report(env, 0);
}

template <typename T>
std::shared_ptr<const T> require(Napi::Env env, Napi::Value value, const char* name, const char* kind) {
  std::shared_ptr<const T> object = handle_of(env, value, name).get<T>();
  if (!object) throw_error(env, Code::kDtype, std::string(name) + " must be " + kind);
  return object;
}

size_t size_of(const std::monostate&) { return 0; }
template <typename T>
size_t size_of(const std::shared_ptr<const T>& object) {
  return object->size_bytes();
}

}  // namespace

size_t Handle::size_bytes() const {
  return std::visit([](const auto& owned) { return size_of(owned); }, object);
}

Napi::Value make_handle(Napi::Env env, Handle handle) {
  const Napi::Object object = Napi::Object::New(env);
  const std::shared_ptr<HandleRegistry>& registry = Instance::of(env).handles;
  auto owned = std::make_unique<OwnedHandle>(OwnedHandle{std::move(handle), registry, 0});
  registry->insert(owned.get());
  // It can fail in an environment that is being terminated.
  if (napi_wrap(env, object, owned.get(), finalize_handle, nullptr, nullptr) != napi_ok) {
    registry->erase(owned.get());
    throw_error(env, Code::kNative, "cannot make a handle");
  }
  OwnedHandle* const engines = owned.release();
  engines->report(env, engines->handle.size_bytes());
  return object;
}

Handle& handle_of(Napi::Env env, Napi::Value value, const char* name) {
  OwnedHandle* owned = find_handle(env, value);
  if (owned == nullptr) throw_error(env, Code::kDtype, std::string(name) + " is not a handle of this addon");
  if (owned->handle.disposed()) throw_error(env, Code::kDisposed, std::string(name) + " was disposed of");
  return owned->handle;
}

std::shared_ptr<const PackedInt8> packed_int8_of(Napi::Env env, Napi::Value value, const char* name) {
  return require<PackedInt8>(env, value, name, "packed int8 weights");
}

std::shared_ptr<const PackedFloat32> packed_float32_of(Napi::Env env, Napi::Value value, const char* name) {
  return require<PackedFloat32>(env, value, name, "packed float32 weights");
}

std::shared_ptr<const TurboRotation> rotation_of(Napi::Env env, Napi::Value value, const char* name) {
  return require<TurboRotation>(env, value, name, "a rotation");
}

std::shared_ptr<const PackedLut4> packed_lut4_of(Napi::Env env, Napi::Value value, const char* name) {
  return require<PackedLut4>(env, value, name, "packed codebook weights");
}

std::shared_ptr<const PackedF16> packed_f16_of(Napi::Env env, Napi::Value value, const char* name) {
  return require<PackedF16>(env, value, name, "packed 16-bit float weights");
}

std::shared_ptr<const RowTable> row_table_of(Napi::Env env, Napi::Value value, const char* name) {
  return require<RowTable>(env, value, name, "a table of rows");
}

std::shared_ptr<const QuantizedLinear> layer_of(Napi::Env env, Napi::Value value, const char* name) {
  return require<QuantizedLinear>(env, value, name, "a quantized linear layer");
}

std::shared_ptr<VectorIndex> index_of(Napi::Env env, Napi::Value value, const char* name) {
  return require<OpenIndex>(env, value, name, "an index")->index;
}

void report_memory(Napi::Env env, Napi::Value value) {
  OwnedHandle* owned = find_handle(env, value);
  if (owned == nullptr) throw_error(env, Code::kDtype, "handle is not a handle of this addon");
  owned->report(env, owned->handle.size_bytes());
}

Napi::Value handle_bytes(const Napi::CallbackInfo& info) {
  const Handle& handle = handle_of(info.Env(), info[0], "handle");
  return Napi::Number::New(info.Env(), static_cast<double>(handle.size_bytes()));
}

void dispose_handle(const Napi::CallbackInfo& info) {
  OwnedHandle* owned = find_handle(info.Env(), info[0]);
  if (owned == nullptr) throw_error(info.Env(), Code::kDtype, "handle is not a handle of this addon");
  owned->report(info.Env(), 0);
  owned->handle = Handle();
}

}  // namespace octavo
