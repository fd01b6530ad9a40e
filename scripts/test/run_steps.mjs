// Runs steps in their order, and beside a step those that say so.
import { missingTool } from '../tools.mjs';
import { runStep } from './run_step.mjs';

/**
 * @typedef {import('./run_step.mjs').Step & { needs?: string[], beside?: string }} NamedStep needs: the steps that it builds on;
 *   beside: the step with which it runs at the same time, right behind it in the list. Steps beside the same one run in their order.
 */

/** True if every step that `step` builds on has passed; says so where it has not. A missing tool is runStep's to tell. */
function canStart({ name, tools, needs = [] }, outcomes, write) {
  if (missingTool(tools) !== undefined) return true;
  const lacking = needs.find((needed) => (outcomes.get(needed)?.passed ?? 0) === 0);
  if (lacking !== undefined) write(`skipped: ${name} (${lacking} did not pass)\n`);
  return lacking === undefined;
}

async function runInOrder(steps, surroundings, outcomes) {
  for (const step of steps) {
    const outcome = canStart(step, outcomes, surroundings.write)
      ? await runStep(step, surroundings)
      : { passed: 0, failed: 0, skipped: 1, failures: [] };
    outcomes.set(step.name, outcome);
  }
}

/** Each step with those beside it. */
function groupsOf(steps) {
  const groups = [];
  for (const step of steps) {
    const group = groups.at(-1);
    if (step.beside !== undefined && group?.[0].name === step.beside) group.push(step);
    else groups.push([step]);
  }
  return groups;
}

/**
 * What each step did, by its name. What is written beside a step is written when both are over.
 * @param {NamedStep[]} steps
 * @param {import('./run_step.mjs').Surroundings} surroundings
 * @returns {Promise<Map<string, import('./run_step.mjs').Outcome>>}
 */
export async function runSteps(steps, surroundings) {
  const outcomes = new Map();
  for (const [step, ...beside] of groupsOf(steps)) {
    let kept = '';
    const keep = (text) => {
      kept += text;
    };
    await Promise.all([
      runInOrder([step], surroundings, outcomes),
      runInOrder(beside, { ...surroundings, write: keep }, outcomes),
    ]);
    surroundings.write(kept);
    if (step.required && outcomes.get(step.name).failed > 0) break;
  }
  return outcomes;
}
