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

/// A new ArrayBuffer, from its constructor: Node-API's own function ends the process where there is no memory, and one
/// around native memory is refused by hosts that keep all buffers in a cage (Electron).
Napi::ArrayBuffer make_array_buffer(Napi::Env env, size_t bytes) {
  const auto constructor = env.Global().Get("ArrayBuffer");
  if (!constructor.IsFunction()) throw_error(env, Code::kNative, "there is no ArrayBuffer here");
  const Napi::Value buffer = constructor.As<Napi::Function>().New({Napi::Number::New(env, static_cast<double>(bytes))});
  if (!buffer.IsArrayBuffer() || buffer.As<Napi::ArrayBuffer>().ByteLength() < bytes)
    throw_error(env, Code::kNative, "ArrayBuffer is not what it was");
  return buffer.As<Napi::ArrayBuffer>();
}

/// (bytes): memory as packed weights have it, which an engine's own arrays are not: aligned, in huge pages when large.
Napi::Value allocate_bytes_call(const Napi::CallbackInfo& info) {
  constexpr size_t kMostBytes = size_t{1} << 32;
  const Arguments args(info, Arguments::Mode::kBorrow);
  const size_t bytes = args.size(0, "bytes");
  if (bytes > kMostBytes) throw_error(info.Env(), Code::kRange, "bytes must be at most 2^32");
  const size_t alignment = AlignedBuffer::alignment_of(bytes);
  Napi::ArrayBuffer memory = make_array_buffer(info.Env(), bytes + alignment);
  const uintptr_t start = reinterpret_cast<uintptr_t>(memory.Data());
  const size_t offset = round_up(start, alignment) - start;
  uint8_t* data = static_cast<uint8_t*>(memory.Data()) + offset;
  AlignedBuffer::ask_for_huge_pages(data, bytes);
  std::memset(data, 1, bytes);  // untouched pages would all be the one page of zeros
  return Napi::Uint8Array::New(info.Env(), bytes, memory, offset);
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
