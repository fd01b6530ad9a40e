// What is known of a quantized model without data of the user's: whether it is valid, runs, and as what.
import { type CheckResult, checkModel, compareWithRuntime } from '../check';
import { withContext } from '../errors';
import type { Feeds, Model } from '../model';
import type { FindingRow, ParityRow, QuantizeReport } from '../report';
import { installedTarget, type Target } from '../targets';
import { validateModel } from '../validate';
import { checkParity } from './parity';

export interface Verification {
  readonly check: CheckResult;
  readonly prediction: QuantizeReport['prediction'];
  readonly parity: ParityRow | undefined;
  readonly notes: readonly string[];
}

export interface VerifyOptions {
  readonly target: Target;
  /** Why nothing can be run in onnxruntime-node; undefined where it can. */
  readonly notRun: string | undefined;
  /** In the quantized model's own types. */
  readonly samples: readonly Feeds[];
  readonly signal?: AbortSignal | undefined;
}

/** Samples of the comparison with the reference evaluation. */
const PARITY_SAMPLES = 2;

/**
 * Checks validity, predicts kernels, and where onnxruntime-node is installed compares with what it builds and computes.
 * @throws ERR_FILE for a model that is not valid: nothing of the kind leaves octavo
 */
export async function verify(model: Model, options: VerifyOptions): Promise<Verification> {
  const { target, notRun, samples, signal } = options;
  try {
    validateModel(model);
  } catch (error) {
    throw withContext('the quantized model', error);
  }
  const check = checkModel(model, target);
  if (notRun !== undefined) {
    const notes = [`speed, built kernels and parity: ${notRun}`];
    return { check, prediction: undefined, parity: undefined, notes };
  }
  const notes: string[] = [];
  let prediction: QuantizeReport['prediction'];
  if (target === installedTarget()) {
    const { agreement } = await compareWithRuntime(model);
    prediction = { right: agreement.equal, nodes: agreement.nodes };
  } else notes.push(`built kernels: the runtime here is that of ${installedTarget()}, not ${target}`);
  const parity =
    samples.length === 0 ? undefined : await checkParity(model, samples.slice(0, PARITY_SAMPLES), { signal });
  return { check, prediction, parity, notes };
}

/** Rule Q037: only running the model can tell. */
function parityRow({ steps, worst }: ParityRow): FindingRow {
  const message = `onnxruntime computes tensor '${worst}' ${steps} steps away from the reference evaluation`;
  const remedy = 'keep the layer that writes it in float';
  return { rule: 'Q037', severity: 'E', node: null, tensor: worst, message, remedy };
}

/** The rules that the model breaks, those that the target refuses first. */
export function findingRows({ check, parity }: Verification): FindingRow[] {
  const rows = check.findings.map(({ rule, severity, node, tensor, message, remedy }) => ({
    ...{ rule, severity, message, remedy },
    node: node ?? null,
    tensor: tensor ?? null,
  }));
  return parity === undefined || parity.held ? rows : [parityRow(parity), ...rows];
}
