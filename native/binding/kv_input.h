// What calls on a cache of keys and values read of their arguments: numbers by position, pages, float16 rows.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "binding/arguments.h"
#include "core/sizes.h"
#include "ops/kv_attention.h"

namespace octavo {

/// A Float64Array whose elements are read one after the other.
class Numbers {
 public:
  Numbers(Arguments& args, size_t index) : env_(args.env()), values_(args.input<double>(index, "numbers")) {}

  double next() {
    if (at_ >= values_.length) throw_error(env_, Code::kShape, "numbers must be longer");
    return values_.data[at_++];
  }
  size_t size() {
    constexpr double kMost = 9007199254740991.0;
    const double value = next();
    if (!(value >= 0 && value <= kMost) || std::floor(value) != value)
      throw_error(env_, Code::kRange, "numbers must be non-negative integers");
    return static_cast<size_t>(value);
  }
  float real() { return static_cast<float>(next()); }
  bool flag() { return next() != 0; }
  KvSide side() { return flag() ? KvSide::kValues : KvSide::kKeys; }

  /// kvHeads, keyBits, valueBits, pageTokens
  KvLayout layout(const TurboRotation& rotation) {
    KvLayout layout = {};
    layout.dim = rotation.dim();
    layout.kv_heads = within(1, KvLayout::kMostHeads, "kvHeads");
    layout.key_bits = within(1, 8, "bits of keys");
    layout.value_bits = within(1, 8, "bits of values");
    layout.page_tokens = within(KvLayout::kLeastPageTokens, KvLayout::kMostPageTokens, "pageTokens");
    if (layout.page_tokens % KvLayout::kLeastPageTokens != 0)
      throw_error(env_, Code::kRange, "pageTokens must be a multiple of 16");
    return layout;
  }

 private:
  size_t within(size_t least, size_t most, const char* name) {
    const size_t value = size();
    if (value < least || value > most) throw_error(env_, Code::kRange, std::string(name) + " is out of range");
    return value;
  }

  Napi::Env env_;
  Input<double> values_;
  size_t at_ = 0;
};

/// An array's elements. Reading them may run anybody's code, which could detach what was read before: so it comes
/// first.
inline std::vector<napi_value> elements_of(Arguments& args, size_t index, const char* name) {
  uint32_t length = 0;
  if (napi_get_array_length(args.env(), args.at(index), &length) != napi_ok)
    throw_error(args.env(), Code::kDtype, std::string(name) + " must be an array");
  std::vector<napi_value> elements(length);
  for (uint32_t i = 0; i < length; ++i)
    if (napi_get_element(args.env(), args.at(index), i, &elements[i]) != napi_ok)
      throw_error(args.env(), Code::kDtype, std::string(name) + " must be an array");
  return elements;
}

/// Uint8Arrays, each a page: as many as `rows` tokens from `first` on need.
class PageList {
 public:
  PageList(Napi::Env env, const std::vector<napi_value>& elements, const KvLayout& layout, size_t first, size_t rows) {
    const size_t needed = divide_up(add_sizes(first, rows), layout.page_tokens);
    if (needed > elements.size()) throw_error(env, Code::kShape, "pages must hold all tokens");
    pages_.reserve(needed);
    for (size_t i = 0; i < needed; ++i) pages_.push_back(page_of(env, elements[i], layout.page_bytes()));
  }

  uint8_t* const* writable() const { return pages_.data(); }
  const uint8_t* const* readable() const { return pages_.data(); }

 private:
  static uint8_t* page_of(Napi::Env env, napi_value value, size_t bytes) {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    napi_value buffer = nullptr;
    bool is_plain = false;
    if (napi_get_typedarray_info(env, value, &type, &length, &data, &buffer, nullptr) != napi_ok ||
        type != napi_uint8_array || napi_is_arraybuffer(env, buffer, &is_plain) != napi_ok || !is_plain)
      throw_error(env, Code::kDtype, "each page must be a Uint8Array, not in a SharedArrayBuffer");
    if (length != bytes || reinterpret_cast<uintptr_t>(data) % sizeof(uint16_t) != 0)
      throw_error(env, Code::kShape, "each page must have " + std::to_string(bytes) + " aligned bytes");
    return static_cast<uint8_t*>(data);
  }

  std::vector<uint8_t*> pages_;
};

/// Rows of [2][kvHeads][capacity][dim] float16 values: keys, then values.
inline KvHalves halves_of(Napi::Env env, const Input<uint16_t>& halves, const KvLayout& layout, size_t first,
                          size_t rows) {
  const size_t width = 2 * layout.kv_heads * layout.dim, capacity = halves.length / width;
  if (halves.length % width != 0 || add_sizes(first, rows) > capacity)
    throw_error(env, Code::kShape, "halves must hold keys and values of all heads and rows");
  return {halves.data, halves.data + halves.length / 2, capacity, first, rows};
}

}  // namespace octavo
