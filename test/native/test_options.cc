#include "test_options.h"

#include <cstdlib>
#include <string_view>

namespace octavo_test {
namespace {

/// The variable's value; empty if it is not set.
std::string_view value_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string_view() : value;
}

bool is_either(const char* variable, std::string_view value) {
  return value_of(variable).empty() || value_of(variable) == value;
}

}  // namespace

bool reduced_grid() {
  static const bool reduced = value_of("OCTAVO_TEST_GRID") == "reduced";
  return reduced;
}

bool readable_guards() {
  static const bool readable = value_of("OCTAVO_TEST_GUARDS") == "writes";
  return readable;
}

const char* wrong_option() {
  if (!is_either("OCTAVO_TEST_GRID", "reduced")) return "OCTAVO_TEST_GRID is neither unset nor \"reduced\"";
  if (!is_either("OCTAVO_TEST_GUARDS", "writes")) return "OCTAVO_TEST_GUARDS is neither unset nor \"writes\"";
  return nullptr;
}

}  // namespace octavo_test
