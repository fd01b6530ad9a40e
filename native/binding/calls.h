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

template <typename C>
Napi::Value call_now(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    Arguments arguments(info, Arguments::Mode::kBorrow);
    C call(arguments);
    throw_if_failed(info.Env(), call.run());
    return call.result(info.Env());
  });
}

template <typename C>
Napi::Value call_later(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    Arguments arguments(info, Arguments::Mode::kOwn);
    auto call = std::make_unique<C>(arguments);
    return Instance::of(info.Env()).jobs.start(info.Env(), std::move(call), arguments.take_pinned());
  });
}

/// Exports C as `name` and `nameAsync`.
template <typename C>
void export_call(Napi::Env env, Napi::Object exports, const std::string& name) {
  exports.Set(name, Napi::Function::New<call_now<C>>(env, name));
  exports.Set(name + "Async", Napi::Function::New<call_later<C>>(env, name + "Async"));
}

void export_gemm_calls(Napi::Env env, Napi::Object exports);
void export_linear_calls(Napi::Env env, Napi::Object exports);
void export_measure_calls(Napi::Env env, Napi::Object exports);
void export_quantize_calls(Napi::Env env, Napi::Object exports);
void export_weight_calls(Napi::Env env, Napi::Object exports);

}  // namespace octavo
