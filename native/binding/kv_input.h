// What calls on a cache of keys and values read of their arguments: numbers by position, pages, float16 rows.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "binding/arguments.h"
#include "core/sizes.h"
#include "ops/kv_attention.h"

namespace octavo {

/// A Float64Array's elements, copied, which are read one after the other.
class Numbers {
 public:
  Numbers(Arguments& args, size_t index) : env_(args.env()) {
    const auto values = args.input<double>(index, "numbers");
    values_.assign(values.data, values.data + std::min(values.length, kMost));
  }

  double next() {
    if (at_ >= values_.size()) throw_error(env_, Code::kShape, "numbers must be longer");
    return values_[at_++];
  }
  size_t size() {
    constexpr double kMostInteger = 9007199254740991.0;
    const double value = next();
    if (!(value >= 0 && value <= kMostInteger) || std::floor(value) != value)
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

  static constexpr size_t kMost = 32;

  Napi::Env env_;
  std::vector<double> values_;
  size_t at_ = 0;
};

/// Uint8Arrays, each a page: as many as `rows` tokens from `first` on need, copied for an asynchronous call. Reading an
/// array's elements may run anybody's code, which could detach whatever was read before: a call reads its typed arrays
/// after its pages.
class PageList {
 public:
  PageList(Arguments& args, size_t index, const KvLayout& layout, size_t first, size_t rows) {
    const Napi::Env env = args.env();
    const size_t needed = divide_up(add_sizes(first, rows), layout.page_tokens);
    uint32_t length = 0;
    if (napi_get_array_length(env, args.at(index), &length) != napi_ok)
      throw_error(env, Code::kDtype, "pages must be an array");
    if (needed > length) throw_error(env, Code::kShape, "pages must hold all tokens");
    std::vector<napi_value> elements;
    elements.reserve(std::min(needed, kReserved));
    for (uint32_t i = 0; i < needed; ++i) elements.push_back(element_of(env, args.at(index), i));
    pages_.reserve(needed);
    for (const napi_value element : elements) pages_.push_back(page_of(env, element, layout.page_bytes()));
    if (args.owns()) own(layout.page_bytes());
  }

  uint8_t* const* writable() const { return pages_.data(); }
  const uint8_t* const* readable() const { return pages_.data(); }

 private:
  static constexpr size_t kReserved = 4096;  // of elements that nobody has looked at

  static napi_value element_of(Napi::Env env, napi_value array, uint32_t index) {
    napi_value element = nullptr;
    bool is_array = false;
    if (napi_get_element(env, array, index, &element) != napi_ok ||
        napi_is_typedarray(env, element, &is_array) != napi_ok || !is_array)
      throw_error(env, Code::kDtype, "each page must be a Uint8Array");
    return element;
  }

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

  void own(size_t page_bytes) {
    copies_.resize(multiply_sizes(pages_.size(), page_bytes));
    for (size_t i = 0; i < pages_.size(); ++i) {
      uint8_t* const copy = copies_.data() + i * page_bytes;
      std::memcpy(copy, pages_[i], page_bytes);
      pages_[i] = copy;
    }
  }

  std::vector<uint8_t*> pages_;
  std::vector<uint8_t> copies_;
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
