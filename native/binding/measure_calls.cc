// measurePeak, allocateBytes, readBytes, copyBytes.
#include <cstring>

#include "binding/calls.h"
#include "core/aligned_buffer.h"
#include "core/sizes.h"
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

/// (bytes): memory as packed weights have it, which an engine's own arrays are not: aligned, in huge pages when large.
Napi::Value allocate_bytes_call(const Napi::CallbackInfo& info) {
  constexpr size_t kMostBytes = size_t{1} << 32;
  const Arguments args(info, Arguments::Mode::kBorrow);
  const size_t bytes = args.size(0, "bytes");
  if (bytes > kMostBytes) throw_error(info.Env(), Code::kRange, "bytes must be at most 2^32");
  auto buffer = std::make_unique<AlignedBuffer>();
  if (!buffer->allocate(bytes)) throw_error(info.Env(), Code::kNative, "no memory for that many bytes");
  std::memset(buffer->as<uint8_t>(), 1, bytes);  // untouched pages would all be the one page of zeros
  void* data = buffer->as<void>();
  const auto release = [](Napi::Env, void*, AlignedBuffer* owner) { delete owner; };
  const auto memory = Napi::ArrayBuffer::New(info.Env(), data, bytes, release, buffer.get());
  [[maybe_unused]] const AlignedBuffer* owned = buffer.release();  // by the array's finalizer
  return Napi::Uint8Array::New(info.Env(), bytes, memory, 0);
}

/// Repetitions from argument `index`; none for an empty buffer. A mistaken number must not block the process for hours.
size_t repeats_of(const Arguments& args, size_t index, size_t bytes) {
  constexpr size_t kMostBytes = size_t{1} << 38;
  const size_t repeats = args.size(index, "repeats");
  if (multiply_sizes(bytes, repeats) > kMostBytes)
    throw_error(args.env(), Code::kRange, "repeats times the buffer's length must be at most 2^38 bytes");
  return bytes == 0 ? 0 : repeats;
}

/// (buffer, repeats)
void read_bytes_call(const Napi::CallbackInfo& info) {
  Arguments args(info, Arguments::Mode::kBorrow);
  const Input<uint8_t> source = args.input<uint8_t>(0, "buffer");
  const size_t repeats = repeats_of(args, 1, source.length);
  volatile uint64_t sink = read_repeatedly(active_kernel_set(), source.data, source.length, repeats);
  static_cast<void>(sink);
}

/// (source, target, repeats)
void copy_bytes_call(const Napi::CallbackInfo& info) {
  Arguments args(info, Arguments::Mode::kBorrow);
  const Input<uint8_t> source = args.input<uint8_t>(0, "source");
  const Output<uint8_t> target = args.output<uint8_t>(1, "target");
  if (source.length != target.length) throw_error(info.Env(), Code::kShape, "source and target must be equally long");
  const size_t repeats = repeats_of(args, 2, source.length);
  for (size_t i = 0; i < repeats; ++i) std::memmove(target.data, source.data, source.length);
}

}  // namespace

void export_measure_calls(Napi::Env env, Napi::Object exports) {
  exports.Set("measurePeak", Napi::Function::New<measure_peak_call>(env, "measurePeak"));
  exports.Set("allocateBytes", Napi::Function::New<allocate_bytes_call>(env, "allocateBytes"));
  exports.Set("readBytes", Napi::Function::New<read_bytes_call>(env, "readBytes"));
  exports.Set("copyBytes", Napi::Function::New<copy_bytes_call>(env, "copyBytes"));
}

}  // namespace octavo
