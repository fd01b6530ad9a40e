// measurePeak, readBytes, copyBytes.
#include <cstring>

#include "binding/calls.h"
#include "dispatch/dispatch.h"
#include "ops/measure.h"

namespace octavo {
namespace {

/// (kind, milliseconds)
Napi::Value measure_peak_call(const Napi::CallbackInfo& info) {
  const Arguments args(info, Arguments::Mode::kBorrow);
  const std::string kind = args.text(0, "kind");
  const double milliseconds = args.number(1, "milliseconds");
  if (kind != "int8" && kind != "float32") throw_error(info.Env(), Code::kRange, "kind must be int8 or float32");
  if (!(milliseconds >= 0 && milliseconds <= 10000))
    throw_error(info.Env(), Code::kRange, "milliseconds must be from 0 to 10000");
  const PeakKind peak = kind == "int8" ? PeakKind::kInt8 : PeakKind::kFloat32;
  return Napi::Number::New(info.Env(), measure_peak(active_kernel_set(), peak, milliseconds));
}

/// (buffer, repeats)
void read_bytes_call(const Napi::CallbackInfo& info) {
  Arguments args(info, Arguments::Mode::kBorrow);
  const Input<uint8_t> source = args.input<uint8_t>(0, "buffer");
  volatile uint64_t sink = read_repeatedly(active_kernel_set(), source.data, source.length, args.size(1, "repeats"));
  static_cast<void>(sink);
}

/// (source, target, repeats)
void copy_bytes_call(const Napi::CallbackInfo& info) {
  Arguments args(info, Arguments::Mode::kBorrow);
  const Input<uint8_t> source = args.input<uint8_t>(0, "source");
  const Output<uint8_t> target = args.output<uint8_t>(1, "target");
  const size_t repeats = args.size(2, "repeats");
  if (source.length != target.length) throw_error(info.Env(), Code::kShape, "source and target must be equally long");
  for (size_t i = 0; i < repeats && source.length > 0; ++i) std::memmove(target.data, source.data, source.length);
}

}  // namespace

void export_measure_calls(Napi::Env env, Napi::Object exports) {
  exports.Set("measurePeak", Napi::Function::New<measure_peak_call>(env, "measurePeak"));
  exports.Set("readBytes", Napi::Function::New<read_bytes_call>(env, "readBytes"));
  exports.Set("copyBytes", Napi::Function::New<copy_bytes_call>(env, "copyBytes"));
}

}  // namespace octavo
