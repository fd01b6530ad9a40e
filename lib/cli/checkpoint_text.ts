// What a checkpoint in safetensors files holds, for a terminal.
import type { Checkpoint } from '../checkpoint';
import { showBytes } from '../onnx/report';
import { formatTable } from './text_table';

export interface TensorRow {
  readonly name: string;
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly bytes: number;
}

/** Everything about a checkpoint that its headers say. */
export interface CheckpointSummary {
  readonly file: string;
  readonly files: readonly string[];
  readonly tensors: readonly TensorRow[];
  readonly parameters: number;
  readonly bytes: number;
  /** Bytes by element type. */
  readonly byType: Readonly<Record<string, number>>;
  /** Names of the layers that are quantized. */
  readonly quantized: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

export function summarize({ stored, quantized }: Checkpoint): CheckpointSummary {
  const infos = [...stored.tensors.values()];
  const byType: Record<string, number> = {};
  for (const { dtype, bytes } of infos) byType[dtype] = (byType[dtype] ?? 0) + bytes;
  return {
    file: stored.path,
    files: [...new Set(infos.map(({ file }) => file))],
    tensors: infos.map(({ name, dtype, dims, bytes }) => ({ name, dtype, dims, bytes })),
    parameters: infos.reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1), 0),
    bytes: infos.reduce((sum, { bytes }) => sum + bytes, 0),
    byType,
    quantized: [...quantized],
    metadata: Object.fromEntries(stored.metadata),
  };
}

/** The first `listed` tensors in the order of the files, after what all of them come to. */
export function formatCheckpoint(summary: CheckpointSummary, listed: number): string {
  const { file, files, tensors, bytes, byType, quantized, metadata } = summary;
  const types = Object.entries(byType).map(([type, size]) => `${type} ${showBytes(size)}`);
  const rows = tensors
    .slice(0, listed)
    .map((tensor) => [tensor.name, tensor.dtype, `[${tensor.dims.join(', ')}]`, showBytes(tensor.bytes)]);
  const more = tensors.length > rows.length ? [`and ${tensors.length - rows.length} more`] : [];
  const texts = Object.entries(metadata).map(
    ([key, text]) => `  ${key}: ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`,
  );
  return [
    `${file}: ${tensors.length} tensors, ${showBytes(bytes)} (${types.join(', ')})${files.length > 1 ? ` in ${files.length} files` : ''}`,
    ...(quantized.length > 0 ? [`  ${quantized.length} layers are quantized`] : []),
    ...texts.map((text) => text.replaceAll(/\p{Cc}/gu, ' ')),
    '',
    formatTable(['tensor', 'type', 'dims', 'bytes'], rows).trimEnd(),
    ...more,
    '',
  ].join('\n');
}
