"""What onnxruntime.quantization makes of a model with its default arguments.

Usage: python onnxruntime_defaults.py MODEL.onnx CALIBRATION_FOLDER OUT_FOLDER
CALIBRATION_FOLDER has <input name>.npy, axis 0 = samples (export_calibration.mjs writes it). Writes static.onnx,
calibrated one sample at a time, and dynamic.onnx. Needs: pip install onnxruntime onnx numpy
"""

import os
import sys
from pathlib import Path

import numpy
from onnxruntime.quantization import CalibrationDataReader, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


class Samples(CalibrationDataReader):
    """The samples of a folder, one at a time."""

    def __init__(self, folder: Path):
        arrays = {file.stem: numpy.load(file) for file in folder.glob("*.npy")}
        count = len(next(iter(arrays.values())))
        self.samples = iter([{name: array[i : i + 1] for name, array in arrays.items()} for i in range(count)])

    def get_next(self):
        return next(self.samples, None)


def main(model: str, calibration: str, out: str) -> None:
    model, samples, folder = (Path(path).resolve() for path in (model, calibration, out))
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)  # the preprocessor leaves files of its own in the folder it is called in
    prepared = folder / "prepared.onnx"
    try:
        quant_pre_process(model, prepared)
    except Exception as error:  # its symbolic shape inference refuses some models; the quantizers take the original
        print(f"quant_pre_process failed, going on without: {error}")
        prepared = model
    quantize_static(prepared, folder / "static.onnx", Samples(samples))
    quantize_dynamic(prepared, folder / "dynamic.onnx")


if __name__ == "__main__":
    main(*sys.argv[1:4])
