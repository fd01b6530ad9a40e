// What the conversion of a checkpoint came to, for a terminal.
import type { Conversion, WeightLoss } from '../checkpoint';
import { showBytes } from '../onnx/report';
import { formatTable } from './text_table';

const HEADER = ['layer', 'dims', 'bits', 'squared error', 'SQNR'];

function lossCells({ bitsPerWeight, relativeError, sqnr }: WeightLoss): string[] {
  return [
    bitsPerWeight.toFixed(2),
    relativeError === 0 ? '0' : relativeError.toPrecision(3),
    sqnr === null ? '-' : `${sqnr.toFixed(1)} dB`,
  ];
}

/** A row for each layer and one for all of them, sizes, and where it went. */
export function formatConversion(name: string, conversion: Conversion): string {
  const { layers, total, others, sourceBytes, targetBytes, files } = conversion;
  const rows = layers.map((layer) => [layer.name, `[${layer.dims.join(', ')}]`, ...lossCells(layer)]);
  const [first] = layers;
  const group =
    first?.group === null
      ? ''
      : `, ${first?.group === 'channel' ? 'a scale for each row' : `groups of ${first?.group}`}`;
  const written = files.length === 1 ? files[0] : `${files[0]} and ${files.length - 1} more`;
  return [
    `${name}: ${layers.length} layers in ${first?.format}${group}; ${others} other tensors`,
    '',
    formatTable(HEADER, [...rows, [`all ${layers.length}`, '', ...lossCells(total)]]).trimEnd(),
    '',
    `${showBytes(sourceBytes)} -> ${showBytes(targetBytes)}, ${(sourceBytes / targetBytes).toFixed(2)} x smaller`,
    `written to ${written}`,
    '',
  ].join('\n');
}
