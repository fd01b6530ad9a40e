// JavaScript values to checked native spans and numbers. Whatever memory safety needs is checked here again, because
// TypeScript's types vanish at run time.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/status.h"
#include "ops/gemm_f32.h"

namespace octavo {

/// Throws the status as the JavaScript error that the facade's factory makes of it; ok does nothing.
void throw_if_failed(Napi::Env env, const Status& status);
[[noreturn]] void throw_error(Napi::Env env, Code code, const std::string& message);

/// Read-only memory: the caller's own during a synchronous call, a copy for an asynchronous one.
template <typename T>
struct Input {
  const T* data = nullptr;
  size_t length = 0;
  std::unique_ptr<T[]> owned;
};

template <typename T>
struct Output {
  T* data = nullptr;
  size_t length = 0;
};

/// int8 or uint8 data as bytes, with what it was.
struct ByteInput {
  Input<uint8_t> bytes;
  bool is_signed = false;
};

/// Reads a call's arguments by position. `name` is the argument's name in messages. Small calls spend most of their
/// time here, so it asks Node-API for each thing once, and without the wrappers' own checks.
class Arguments {
 public:
  enum class Mode { kBorrow, kOwn };
  static constexpr size_t kMost = 10;

  Arguments(napi_env env, napi_callback_info info, Mode mode);
  Arguments(const Napi::CallbackInfo& info, Mode mode)
      : Arguments(info.Env(), static_cast<napi_callback_info>(info), mode) {}

  Napi::Env env() const { return env_; }
  /// True for an asynchronous call, whose inputs are copies.
  bool owns() const { return mode_ == Mode::kOwn; }
  Napi::Value at(size_t index) const { return {env_, values_[index]}; }
  /// True for null, and for an argument that was left out at the end.
  bool is_absent(size_t index) const { return index >= count_ || at(index).IsNull(); }
  bool is_float32(size_t index) const;
  bool is_int64(size_t index) const;

  template <typename T>
  Input<T> input(size_t index, const char* name);
  /// An absent array is empty with null data, which one that is there never has: not even if it was detached.
  template <typename T>
  Input<T> optional_input(size_t index, const char* name);
  ByteInput byte_input(size_t index, const char* name);

  /// Memory that the call writes. For an asynchronous call the array is kept alive until the job is over; only the
  /// facade holds it, so nothing can detach it.
  template <typename T>
  Output<T> output(size_t index, const char* name);
  Output<uint8_t> byte_output(size_t index, const char* name, bool* is_signed);

  size_t size(size_t index, const char* name) const;
  double number(size_t index, const char* name) const;
  bool boolean(size_t index, const char* name) const;
  std::string text(size_t index, const char* name) const;
  /// Its kind's number, and after it the bounds of a clip; none if it was left out.
  Activation activation(size_t index) const;

  /// Arrays that the job must keep alive; meaningful for Mode::kOwn.
  std::vector<Napi::ObjectReference> take_pinned() { return std::move(pinned_); }

 private:
  struct View {
    napi_typedarray_type type;
    size_t length;
    void* data;
  };
  bool is_array_of(size_t index, napi_typedarray_type wanted) const;
  View view(size_t index, const char* name) const;
  void require_type(const View& view, napi_typedarray_type type, const char* name) const;
  void pin(size_t index);

  napi_env env_;
  Mode mode_;
  size_t count_ = kMost;
  napi_value values_[kMost];  // undefined from count_ on
  std::vector<Napi::ObjectReference> pinned_;
};

/// Throws ERR_SHAPE if `out` overlaps memory that the call reads; a copy never does.
void require_disjoint(Napi::Env env, const void* out, size_t out_bytes, const void* in, size_t in_bytes,
                      const char* name);

template <typename Out, typename In>
void require_disjoint(Napi::Env env, const Output<Out>& out, const Input<In>& in, const char* name) {
  require_disjoint(env, out.data, out.length * sizeof(Out), in.data, in.length * sizeof(In), name);
}

/// A non-negative integer that fits size_t, from a JavaScript number.
size_t to_size(Napi::Env env, Napi::Value value, const char* name);

/// { kind, low, high } with kind 'clip', 'gelu', 'geluTanh' or 'silu' and the bounds of a clip; null for none.
Activation activation_of(Napi::Env env, Napi::Value value);

/// A property of an options object that must be a string / a number.
std::string text_of(Napi::Object object, const char* name);
float float_of(Napi::Object object, const char* name);

/// An optional Float32Array / Int32Array property of an options object, copied; null gives an empty vector.
std::vector<float> float_property(Napi::Object object, const char* name);
std::vector<int32_t> int32_property(Napi::Object object, const char* name);

}  // namespace octavo
