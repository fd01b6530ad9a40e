// From a class with a checking constructor and a run() to a pair of exported functions: one synchronous, one not.
#pragma once

#include <napi.h>

#include <exception>
#include <memory>

#include "binding/arguments.h"
#include "binding/instance.h"

namespace octavo {

/// body(), with the standard library's exceptions (no memory, sizes beyond its containers) as errors of the facade:
/// Node ends the process over any other exception that reaches it.
template <typename Body>
auto guarded(Napi::Env env, Body&& body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw_error(env, Code::kNative, error.what());
  }
}

/// As guarded(), for a callback that Node-API calls directly: the error becomes JavaScript's. Without a value the call
/// returns undefined.
template <typename Body>
napi_value guarded_callback(napi_env env, Body&& body) {
  try {
    return guarded(env, body);
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
    return nullptr;
  }
}

template <typename C>
napi_value call_now(napi_env env, napi_callback_info info) {
  return guarded_callback(env, [&]() -> napi_value {
    Arguments arguments(env, info, Arguments::Mode::kBorrow);
    C call(arguments);
    throw_if_failed(env, call.run());
    return call.result(env);
  });
}

template <typename C>
napi_value call_later(napi_env env, napi_callback_info info) {
  return guarded_callback(env, [&]() -> napi_value {
    Arguments arguments(env, info, Arguments::Mode::kOwn);
    auto call = std::make_unique<C>(arguments);
    return Instance::of(env).jobs.start(env, std::move(call), arguments.take_pinned());
  });
}

inline void export_function(Napi::Env env, Napi::Object exports, const std::string& name, napi_callback callback) {
  napi_value function;
  if (napi_create_function(env, name.c_str(), name.size(), callback, nullptr, &function) != napi_ok)
    throw Napi::Error::New(env);
  exports.Set(name, Napi::Value(env, function));
}

/// Exports C as `name` and `nameAsync`.
template <typename C>
void export_call(Napi::Env env, Napi::Object exports, const std::string& name) {
  export_function(env, exports, name, call_now<C>);
  export_function(env, exports, name + "Async", call_later<C>);
}

void export_attention_calls(Napi::Env env, Napi::Object exports);
void export_calibrate_calls(Napi::Env env, Napi::Object exports);
void export_cuda_calls(Napi::Env env, Napi::Object exports);
void export_cuda_observe_calls(Napi::Env env, Napi::Object exports);
void export_cuda_quantize_calls(Napi::Env env, Napi::Object exports);
void export_cuda_contest_calls(Napi::Env env, Napi::Object exports);
void export_cuda_measure_calls(Napi::Env env, Napi::Object exports);
void export_cuda_layer_calls(Napi::Env env, Napi::Object exports);
void export_float_weight_calls(Napi::Env env, Napi::Object exports);
void export_encode_calls(Napi::Env env, Napi::Object exports);
void export_gemm_calls(Napi::Env env, Napi::Object exports);
void export_gptq_calls(Napi::Env env, Napi::Object exports);
void export_index_file_calls(Napi::Env env, Napi::Object exports);
void export_index_calls(Napi::Env env, Napi::Object exports);
void export_int4_calls(Napi::Env env, Napi::Object exports);
void export_linear_calls(Napi::Env env, Napi::Object exports);
void export_measure_calls(Napi::Env env, Napi::Object exports);
void export_quantize_calls(Napi::Env env, Napi::Object exports);
void export_quantize_type_calls(Napi::Env env, Napi::Object exports);
void export_row_table_calls(Napi::Env env, Napi::Object exports);
void export_sketch_calls(Napi::Env env, Napi::Object exports);
void export_turbo_calls(Napi::Env env, Napi::Object exports);
void export_weight_calls(Napi::Env env, Napi::Object exports);

}  // namespace octavo
