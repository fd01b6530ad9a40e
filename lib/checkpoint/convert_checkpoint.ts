// Converts the linear layers of a checkpoint, tensor by tensor, in memory that does not grow with it.
import { signalOf } from '../abort_signal';
import {
  openSafetensors,
  type SafetensorsReader,
  SafetensorsWriter,
  type TensorInfo,
  type TensorPlan,
} from '../safetensors';
import { checkPlans } from '../safetensors/layout';
import { checkOneOf, checkOptions, reject } from '../validate';
import { blocksJob } from './blocks_job';
import { codebookJob } from './codebook_job';
import { type Conversion, reportOf } from './conversion';
import { type ConvertOptions, type LayerFormat, resolveFormat, resolveThreads } from './convert_options';
import { copyJob } from './copy_job';
import { halfJob } from './half_job';
import { chooseLayers, isMatrix } from './layer_choice';
import { CONFIG_KEY, quantizationConfig } from './quantization_config';
import { checkApart, resolveTarget, writeConfig } from './target_file';
import type { JobContext, LayerError, TensorJob } from './tensor_job';
import { Lane } from './windows';

const SHARD_BYTES = 5e9;
const REST = ['keep', 'float16', 'bfloat16'] as const;
const FLOATS: readonly string[] = ['F64', 'F32', 'F16', 'BF16'];

interface Plan {
  readonly jobs: readonly TensorJob[];
  readonly layers: ReadonlySet<string>;
  readonly format: LayerFormat;
  readonly threads: number;
}

function layerJob(info: TensorInfo, format: LayerFormat): TensorJob {
  if (format.kind === 'codebook') return codebookJob(info, format);
  return format.kind === 'blocks' ? blocksJob(info, format) : halfJob(info, format.type, true);
}

function planOf(reader: SafetensorsReader, options: ConvertOptions): Plan {
  const format = resolveFormat(options);
  const rest = checkOneOf('rest', options.rest ?? 'keep', REST);
  const tensors = [...reader.tensors.values()];
  const layers = new Set(chooseLayers(tensors, options).map(({ name }) => name));
  const jobs = tensors.map((info) => {
    if (layers.has(info.name)) return layerJob(info, format);
    return rest !== 'keep' && FLOATS.includes(info.dtype) ? halfJob(info, rest, false) : copyJob(info);
  });
  return { jobs, layers, format, threads: resolveThreads(options) };
}

/** Runs the jobs one after the other: a layer's own windows are what goes on at the same time. */
async function runJobs(jobs: readonly TensorJob[], context: JobContext, begin: (job: TensorJob) => void) {
  const errors = new Map<string, LayerError>();
  for (const job of jobs) {
    begin(job);
    const error = await job.run(context);
    if (error !== undefined) errors.set(job.source.name, error);
  }
  return errors;
}

/** Writes the files. An abort removes them at once: who aborts may be about to end the process. */
async function writeAll(
  reader: SafetensorsReader,
  writer: SafetensorsWriter,
  { jobs, threads }: Plan,
  { signal, onProgress }: ConvertOptions,
) {
  const total = jobs.reduce((sum, { source }) => sum + source.bytes, 0);
  let [done, name] = [0, ''];
  const advance = (bytes: number) => {
    done += bytes;
    onProgress?.({ name, done, total });
  };
  const lanes = Array.from({ length: threads }, () => new Lane());
  const abort = () => writer.abort();
  signal?.addEventListener('abort', abort);
  try {
    const errors = await runJobs(jobs, { reader, writer, lanes, signal, advance }, ({ source }) => {
      name = source.name;
    });
    signal?.throwIfAborted();
    await writer.finish();
    return errors;
  } catch (error) {
    writer.abort();
    signal?.throwIfAborted(); // what failed because of that says less
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function metadataOf(reader: SafetensorsReader, config: object | undefined): Map<string, string> {
  const metadata = new Map(reader.metadata);
  metadata.delete(CONFIG_KEY);
  if (config !== undefined) metadata.set(CONFIG_KEY, JSON.stringify(config));
  return metadata;
}

function createWriter(
  file: string,
  plan: Plan,
  metadata: Map<string, string>,
  maxShardBytes: number,
): SafetensorsWriter {
  const tensors: TensorPlan[] = plan.jobs.flatMap(({ outputs }) => outputs);
  return SafetensorsWriter.create(file, tensors, file.endsWith('.json') ? { metadata, maxShardBytes } : { metadata });
}

/**
 * Quantizes the weights of a checkpoint's linear layers, each to its nearest level, and copies everything else. Memory does not grow
 * with the checkpoint: windows of 4 MiB for each thread, and of nf4 and fp4 12 bytes for each group of the largest layer.
 *
 * nf4 and fp4 come out as bitsandbytes has them, int4, uint4 and int8 as compressed-tensors ("pack-quantized") does, each described
 * under `quantization_config` in the file's metadata: openCheckpoint reads them.
 *
 * @param source a file .safetensors, an index .safetensors.index.json, or a folder that holds one or the other
 * @param target a file or an index; or a folder (one that exists, or a path that ends with a slash), which gets model.safetensors, or
 *   an index where that would be larger than maxShardBytes, and the source's config.json with its quantization_config, if there
 *   is one. Files that exist are replaced, each as a whole and at the end
 * @returns what each layer lost and takes
 * @throws ERR_DTYPE, ERR_RANGE for options that make no sense, patterns that fit nothing, and weights that are not finite; ERR_FILE
 *   for files that cannot be read or written, that change meanwhile, or that are source and target at once; the signal's reason.
 *   The target then is as it was.
 */
export async function convertCheckpoint(
  source: string,
  target: string,
  options: ConvertOptions = {},
): Promise<Conversion> {
  const given = checkOptions('options', options) as ConvertOptions;
  signalOf(given);
  if (given.onProgress !== undefined && typeof given.onProgress !== 'function')
    reject('onProgress', 'a function', given.onProgress, 'ERR_DTYPE');
  using reader = openSafetensors(source);
  const plan = planOf(reader, given);
  const kept = [...reader.tensors.values()].filter((info) => isMatrix(info) && !plan.layers.has(info.name));
  const config = quantizationConfig(
    plan.format,
    kept.map(({ name }) => name),
  );
  const [metadata, maxShardBytes] = [metadataOf(reader, config), given.maxShardBytes ?? SHARD_BYTES];
  const bytes = checkPlans(plan.jobs.flatMap(({ outputs }) => outputs)).reduce((sum, one) => sum + one.bytes, 0);
  const { file, folder } = resolveTarget(target, bytes, maxShardBytes);
  const writer = createWriter(file, plan, metadata, maxShardBytes);
  try {
    checkApart([reader.path, ...new Set([...reader.tensors.values()].map((info) => info.file))], writer.files);
  } catch (error) {
    writer.abort();
    throw error;
  }
  const errors = await writeAll(reader, writer, plan, given);
  const configFile = folder === undefined || config === undefined ? [] : writeConfig(reader.path, folder, config);
  return reportOf({ reader, ...plan, errors, files: [...writer.files, ...configFile], metadata });
}
