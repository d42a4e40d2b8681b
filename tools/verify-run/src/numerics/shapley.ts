/**
 * What each player adds, on average over every order in which they can join: by the orders themselves, one after the other.
 *
 * @param valueOf the game where the players named by the bits of a number have joined
 * @returns one list of parts a player; over all players they sum to the whole game less the empty one
 */
export function shapleyOverOrders(
  players: number,
  valueOf: (joined: number) => readonly number[],
): readonly (readonly number[])[] {
  const known = new Map<number, readonly number[]>();
  const game = (joined: number): readonly number[] => {
    const value = known.get(joined) ?? valueOf(joined);
    known.set(joined, value);
    return value;
  };
  const parts = Array.from({ length: players }, () => game(0).map(() => 0));
  const orders = ordersOf(Array.from({ length: players }, (_, player) => player));
  for (const order of orders) {
    let joined = 0;
    for (const player of order) {
      const [before, after] = [game(joined), game(joined | (1 << player))];
      joined |= 1 << player;
      const own = parts[player] ?? [];
      for (let at = 0; at < own.length; at++) {
        own[at] = (own[at] ?? 0) + ((after[at] ?? NaN) - (before[at] ?? NaN)) / orders.length;
      }
    }
  }
  return parts;
}

function ordersOf(players: readonly number[]): number[][] {
  if (players.length <= 1) return [[...players]];
  return players.flatMap((first) =>
    ordersOf(players.filter((player) => player !== first)).map((rest) => [first, ...rest]),
  );
}
