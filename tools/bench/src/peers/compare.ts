import type { Agreement, Peer, PeerCase, PeerRow } from './contract.js';
import { PythonPeers } from './python-peer.js';
import { type Timed, type Times, timeInTurn, timedHere } from './timing.js';

export interface PeerFigures {
  readonly name: string;
  readonly times: Times;
  /** Our best time over the peer's. */
  readonly ratio: number;
  readonly atMost: number | undefined;
  readonly agreement: Agreement;
  readonly difference: number;
}

export interface CaseFigures {
  readonly name: string;
  readonly ours: Times;
  readonly underMilliseconds: number | undefined;
  readonly peers: readonly PeerFigures[];
  readonly beside: readonly { readonly name: string; readonly times: Times }[];
  /** What keeps the case from its goal, in words; empty when it is reached. */
  readonly misses: readonly string[];
}

/** Runs every case of a row: results compared first, then both sides timed in turn. */
export async function compareRow(row: PeerRow): Promise<CaseFigures[]> {
  const figures: CaseFigures[] = [];
  for (const makeCase of row.cases) {
    const peerCase = await makeCase();
    try {
      figures.push(await compareCase(row, peerCase));
    } finally {
      await peerCase.close?.();
    }
  }
  return figures;
}

async function compareCase(row: PeerRow, peerCase: PeerCase): Promise<CaseFigures> {
  const ours = Float64Array.from(await peerCase.result());
  const misses: string[] = [];
  const sides: Timed[] = [timedHere(peerCase.run)];
  const agreeing: { readonly peer: Peer; readonly difference: number }[] = [];
  // A process for each Python peer: the import of one library never slows another.
  const processes: PythonPeers[] = [];
  try {
    for (const peer of peerCase.peers) {
      const { side, numbers } = await prepared(row, peerCase, peer, processes);
      const difference = (peer.agreement.difference ?? relativeDifference)(ours, numbers);
      if (difference <= peer.agreement.tolerance) {
        sides.push(side);
        agreeing.push({ peer, difference });
      } else {
        misses.push(
          `${peerCase.name}: ${peer.agreement.of} differ from ${peer.name} by ${difference.toExponential(2)}, allowed ${peer.agreement.tolerance}; not timed`,
        );
      }
    }
    const beside = peerCase.beside ?? [];
    const times = await timeInTurn([...sides, ...beside.map(({ run }) => timedHere(run))]);
    const own = times[0]!;
    const peers = agreeing.map(({ peer, difference }, at): PeerFigures => {
      const theirs = times[at + 1]!;
      return {
        name: peer.name,
        times: theirs,
        ratio: own.best / theirs.best,
        atMost: peer.atMost,
        agreement: peer.agreement,
        difference,
      };
    });
    misses.push(...missed(peerCase, own, peers));
    return {
      name: peerCase.name,
      ours: own,
      underMilliseconds: peerCase.underMilliseconds,
      peers,
      beside: beside.map(({ name }, at) => ({ name, times: times[sides.length + at]! })),
      misses,
    };
  } finally {
    for (const python of processes) await python.stop();
  }
}

async function prepared(
  row: PeerRow,
  peerCase: PeerCase,
  peer: Peer,
  processes: PythonPeers[],
): Promise<{ side: Timed; numbers: ArrayLike<number> }> {
  if (peer.local !== undefined) {
    const call = peer.local();
    return { side: timedHere(call), numbers: call() };
  }
  const python = PythonPeers.start(row.threads ?? 1);
  processes.push(python);
  await python.prepare(row.id, peer.name, peerCase);
  return { side: python, numbers: await python.result() };
}

function missed({ name, underMilliseconds }: PeerCase, own: Times, peers: readonly PeerFigures[]): string[] {
  const slower = peers.flatMap(({ name: peer, ratio, atMost }) =>
    atMost === undefined || ratio <= atMost
      ? []
      : [`${name}: ${ratio.toPrecision(3)} times the time of ${peer}; the goal is at most ${atMost}`],
  );
  return underMilliseconds === undefined || own.best <= underMilliseconds
    ? slower
    : [...slower, `${name}: ${own.best.toPrecision(3)} ms; the goal is under ${underMilliseconds} ms`];
}

/** Largest difference over the largest number; infinite where the lengths differ or a number is not finite. */
export function relativeDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours.length !== theirs.length) return Infinity;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < ours.length; i++) {
    if (!Number.isFinite(ours[i]) || !Number.isFinite(theirs[i])) return Infinity;
    difference = Math.max(difference, Math.abs(ours[i]! - theirs[i]!));
    size = Math.max(size, Math.abs(theirs[i]!));
  }
  return size === 0 ? difference : difference / size;
}
