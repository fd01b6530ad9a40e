// Native objects behind JavaScript handles: registered, so that no other object passes for one, and disposable.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <unordered_set>
#include <variant>

#include "cuda/linear.h"
#include "ops/pack.h"
#include "ops/pack_f16.h"
#include "ops/pack_int4.h"
#include "ops/pack_lut4.h"
#include "ops/quantized_linear.h"
#include "ops/row_table.h"
#include "ops/turbo_rotate.h"
#include "ops/vector_index.h"

namespace octavo {

template <typename... Types>
struct ObjectTypes {
  using Strong = std::variant<std::monostate, std::shared_ptr<const Types>...>;
  using Weak = std::variant<std::monostate, std::weak_ptr<const Types>...>;
};

/// An index, which others change while handles of it are open.
struct OpenIndex {
  std::shared_ptr<VectorIndex> index;

  size_t size_bytes() const { return index->size_bytes(); }
};

/// A GPU, on which others compute while handles of it are open. Its memory is that of its tensors.
struct OpenDevice {
  std::shared_ptr<cuda::Device> device;

  size_t size_bytes() const { return 0; }
};

/// All that a handle can stand for. Each has size_bytes().
using HandleTypes =
    ObjectTypes<PackedInt8, PackedFloat32, PackedInt4, PackedInt8Groups, PackedLut4, PackedF16, QuantizedLinear,
                RowTable, TurboRotation, OpenIndex, OpenDevice, cuda::DeviceMemory, cuda::Int8Matrix, cuda::Linear>;

/// What a handle owns: an object until it is disposed of, then nothing. Jobs hold their own reference.
struct Handle {
  HandleTypes::Strong object;
  std::string shared_id;  // once it was shared: what other threads open it by

  bool disposed() const { return std::holds_alternative<std::monostate>(object); }
  size_t size_bytes() const;
  /// The object if it is a T, else null.
  template <typename T>
  std::shared_ptr<const T> get() const {
    const auto* found = std::get_if<std::shared_ptr<const T>>(&object);
    return found == nullptr ? nullptr : *found;
  }
};

/// The handles that JavaScript objects of one environment own. A pointer that an object gives out is followed only if
/// it is here: it may be that of another addon, or of another copy of this one. Finalizers keep it alive, as they may
/// run after everything else of the environment is gone.
using HandleRegistry = std::unordered_set<const void*>;

/// A JavaScript object that owns `handle` and reports its memory to the engine.
Napi::Value make_handle(Napi::Env env, Handle handle);

/// A JavaScript object that owns `object`, which nothing changes any more.
template <typename T>
Napi::Value make_handle(Napi::Env env, std::shared_ptr<T> object) {
  return make_handle(env, Handle{std::shared_ptr<const T>(std::move(object)), {}});
}

/// The handle behind a value; throws ERR_DTYPE for anything else and ERR_DISPOSED for one that was disposed of.
Handle& handle_of(Napi::Env env, Napi::Value value, const char* name);
std::shared_ptr<const PackedInt8> packed_int8_of(Napi::Env env, Napi::Value value, const char* name);
std::shared_ptr<const PackedFloat32> packed_float32_of(Napi::Env env, Napi::Value value, const char* name);
std::shared_ptr<const TurboRotation> rotation_of(Napi::Env env, Napi::Value value, const char* name);
std::shared_ptr<const PackedLut4> packed_lut4_of(Napi::Env env, Napi::Value value, const char* name);
std::shared_ptr<const PackedF16> packed_f16_of(Napi::Env env, Napi::Value value, const char* name);
std::shared_ptr<const RowTable> row_table_of(Napi::Env env, Napi::Value value, const char* name);
std::shared_ptr<const QuantizedLinear> layer_of(Napi::Env env, Napi::Value value, const char* name);

std::shared_ptr<VectorIndex> index_of(Napi::Env env, Napi::Value value, const char* name);

/// Tells the engine what the handle's object has grown to; nothing if it was disposed of.
void report_memory(Napi::Env env, Napi::Value value);

Napi::Value handle_bytes(const Napi::CallbackInfo& info);
void dispose_handle(const Napi::CallbackInfo& info);

}  // namespace octavo
