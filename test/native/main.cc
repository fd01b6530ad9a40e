// Runs the native tests and says which kernel sets they covered.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

#include "test_options.h"
#include "tested_kernel_sets.h"

int main(int argc, char** argv) {
  if (const char* wrong = octavo_test::wrong_option(); wrong != nullptr) {
    std::printf("%s\n", wrong);
    return 2;
  }
  std::printf("kernel sets covered:");
  for (const octavo::KernelSet* set : octavo_test::tested_kernel_sets()) std::printf(" %s", set->name);
  std::printf("%s\n", octavo_test::reduced_grid() ? ", on the reduced grid" : "");
  return doctest::Context(argc, argv).run();
}
