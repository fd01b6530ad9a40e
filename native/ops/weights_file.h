// Packed weights and quantized layers in files. Failures that have to do with the file are kFile.
#pragma once

#include <memory>
#include <string>

#include "ops/file_io.h"
#include "ops/pack.h"
#include "ops/quantized_linear.h"

namespace octavo {

/// Writes weights or a layer that were made for `set`, the same bytes for the same content.
Status save_weights(const KernelSet& set, const PackedInt8& weights, const std::string& path);
Status save_layer(const KernelSet& set, const QuantizedLinear& layer, const std::string& path);

/// Reads what save_weights or save_layer wrote, for this or another kernel set: panels of another shape are packed
/// anew, others are used where they lie in the file's image. Everything is checked before it is used.
Status load_weights(const KernelSet& set, const std::string& path, FileAccess access, PackedInt8* weights);
Status load_layer(const KernelSet& set, const std::string& path, FileAccess access, QuantizedLinear* layer);

}  // namespace octavo
