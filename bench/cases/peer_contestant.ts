// A peer as a contestant: if its session cannot be made, the report says so and the case goes on.
import type { Contestant, PeerFactory, PeerModel, Work } from '../contestant';

export interface PeerCase {
  /** What is added to the peer's name, for example the types of this model. */
  readonly label?: string;
  /** The contestant that the peer's ratio refers to; the first one if absent. */
  readonly baseline?: string;
  readonly work: Work;
  readonly model: PeerModel;
  readonly verify: () => string | undefined;
}

/** The contestants that a peer brings to a case: one, or none where it is not installed. */
export async function peerContestants(peer: PeerFactory | undefined, peerCase: PeerCase): Promise<Contestant[]> {
  if (peer === undefined) return [];
  const name = peerCase.label === undefined ? peer.name : `${peer.name} ${peerCase.label}`;
  const { work, verify, baseline } = peerCase;
  const common = { name, work, verify, ...(baseline !== undefined && { baseline }) };
  try {
    return [{ ...common, ...(await peer.create(peerCase.model)) }];
  } catch (error) {
    const run = (): void => {
      throw error;
    };
    return [{ ...common, call: { kind: 'sync', run } }];
  }
}
