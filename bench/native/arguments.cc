#include "arguments.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

namespace octavo::bench {
namespace {

constexpr GemmType kTypes[] = {GemmType::kU8S8, GemmType::kS8S8, GemmType::kFloat32};
constexpr size_t kCubes[] = {256, 512, 1024, 2048};
/// Matrices of more values would not fit a machine that a benchmark runs on.
constexpr size_t kMostSize = 1 << 20, kMostValues = size_t{1} << 32;

/// '512x11008x4096', each size from 1 on; nothing for any other text.
std::optional<Shape> parse_shape(std::string_view text) {
  size_t sizes[3] = {};
  const char *at = text.data(), *end = text.data() + text.size();
  for (size_t i = 0; i < 3; ++i) {
    if (i > 0 && (at == end || *at++ != 'x')) return std::nullopt;
    const auto [next, error] = std::from_chars(at, end, sizes[i]);
    if (error != std::errc() || sizes[i] == 0 || sizes[i] > kMostSize) return std::nullopt;
    at = next;
  }
  const auto [m, n, k] = sizes;
  if (at != end || m * n > kMostValues || n * k > kMostValues || m * k > kMostValues) return std::nullopt;
  return Shape{m, n, k};
}

bool parse_seconds(const char* text, double* seconds) {
  char* end = nullptr;
  *seconds = std::strtod(text, &end);
  return end != text && *end == '\0' && *seconds > 0 && *seconds < 1e6;
}

bool parse_type(std::string_view text, std::vector<GemmType>* types) {
  for (const GemmType type : kTypes) {
    if (text != name_of(type)) continue;
    types->push_back(type);
    return true;
  }
  return false;
}

/// 'd=128', from 8 to 16,384.
bool parse_dim(std::string_view text, std::vector<size_t>* dims) {
  if (!text.starts_with("d=")) return false;
  size_t dim = 0;
  const char* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data() + 2, end, dim);
  if (error != std::errc() || next != end || dim < 8 || dim > 16384) return false;
  dims->push_back(dim);
  return true;
}

}  // namespace

const char* name_of(GemmType type) {
  return type == GemmType::kFloat32 ? "float32" : type == GemmType::kU8S8 ? "u8xs8" : "s8xs8";
}

std::string parse_arguments(int argc, char** argv, Settings* settings) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--seconds") == 0) {
      if (i + 1 == argc || !parse_seconds(argv[++i], &settings->seconds)) return "--seconds";
    } else if (const auto shape = parse_shape(argv[i])) {
      settings->shapes.push_back(*shape);
    } else if (!parse_dim(argv[i], &settings->dims) && !parse_type(argv[i], &settings->types)) {
      return argv[i];
    }
  }
  if (!settings->dims.empty() && settings->types.empty() && settings->shapes.empty()) return {};
  if (settings->types.empty()) settings->types.assign(std::begin(kTypes), std::end(kTypes));
  if (settings->shapes.empty())
    for (const size_t size : kCubes) settings->shapes.push_back({size, size, size});
  return {};
}

}  // namespace octavo::bench
