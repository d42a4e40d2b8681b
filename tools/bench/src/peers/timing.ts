/** One side of a comparison: times `repeats` calls, and says how long one took. */
export interface Timed {
  readonly time: (repeats: number) => Promise<number>;
}

export interface Times {
  readonly best: number;
  readonly median: number;
}

const WARM_UP_MILLISECONDS = 300;
/** A turn of one side lasts about this long, at least one call. */
const TURN_MILLISECONDS = 20;
const MOST_TURNS = 15;
const FEWEST_TURNS = 3;
/** All turns of one side together last no longer than about this. */
const SIDE_MILLISECONDS = 6_000;

/** Warms each side up by itself, then times them in turn, so that what disturbs the machine disturbs all alike. */
export async function timeInTurn(sides: readonly Timed[]): Promise<Times[]> {
  const repeats: number[] = [];
  let turns = MOST_TURNS;
  for (const side of sides) {
    const perCall = await warmUp(side);
    repeats.push(Math.max(1, Math.ceil(TURN_MILLISECONDS / perCall)));
    turns = Math.min(turns, Math.max(FEWEST_TURNS, Math.floor(SIDE_MILLISECONDS / perCall)));
  }
  const times = sides.map((): number[] => []);
  for (let turn = 0; turn < turns; turn++) {
    for (let s = 0; s < sides.length; s++) times[s]!.push(await sides[s]!.time(repeats[s]!));
  }
  return times.map((values) => {
    values.sort((a, b) => a - b);
    return { best: values[0]!, median: values[values.length >> 1]! };
  });
}

/** Milliseconds a call once warm. */
async function warmUp(side: Timed): Promise<number> {
  const begin = performance.now();
  let repeats = 1;
  let perCall = await side.time(1);
  while (performance.now() - begin < WARM_UP_MILLISECONDS) {
    perCall = await side.time(repeats);
    repeats = Math.max(1, Math.min(10_000, Math.ceil(TURN_MILLISECONDS / Math.max(perCall, 1e-4))));
  }
  return Math.max(perCall, 1e-4);
}

/** A call in this process; a promise is awaited. */
export function timedHere(call: () => unknown): Timed {
  return {
    time: async (repeats) => {
      const start = performance.now();
      for (let i = 0; i < repeats; i++) {
        const answer = call();
        if (answer instanceof Promise) await answer;
      }
      return (performance.now() - start) / repeats;
    },
  };
}
