// Native objects behind JavaScript handles: registered, so that no other object passes for one, and disposable.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <unordered_set>

#include "ops/pack.h"
#include "ops/pack_int4.h"
#include "ops/quantized_linear.h"

namespace octavo {

/// What a handle owns: exactly one of the four until it is disposed of, then none. Jobs hold their own reference.
struct Handle {
  std::shared_ptr<const PackedInt8> int8;
  std::shared_ptr<const PackedFloat32> float32;
  std::shared_ptr<const PackedInt4> int4;
  std::shared_ptr<const QuantizedLinear> layer;
  std::string shared_id;  // once it was shared: what other threads open it by

  bool disposed() const { return !int8 && !float32 && !int4 && !layer; }
  size_t size_bytes() const;
};

/// The handles that JavaScript objects of one environment own. A pointer that an object gives out is followed only if
/// it is here: it may be that of another addon, or of another copy of this one. Finalizers keep it alive, as they may
/// run after everything else of the environment is gone.
using HandleRegistry = std::unordered_set<const void*>;

/// A JavaScript object that owns `handle` and reports its memory to the engine.
Napi::Value make_handle(Napi::Env env, Handle handle);

/// The handle behind a value; throws ERR_DTYPE for anything else and ERR_DISPOSED for one that was disposed of.
Handle& handle_of(Napi::Env env, Napi::Value value, const char* name);
std::shared_ptr<const PackedInt8> packed_int8_of(Napi::Env env, Napi::Value value, const char* name);
std::shared_ptr<const PackedFloat32> packed_float32_of(Napi::Env env, Napi::Value value, const char* name);
std::shared_ptr<const PackedInt4> packed_int4_of(Napi::Env env, Napi::Value value, const char* name);
std::shared_ptr<const QuantizedLinear> layer_of(Napi::Env env, Napi::Value value, const char* name);

Napi::Value handle_bytes(const Napi::CallbackInfo& info);
void dispose_handle(const Napi::CallbackInfo& info);

}  // namespace octavo
