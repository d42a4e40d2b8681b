/** A life cycle as data: for each state, the state that each allowed action leads to. Actions not named are refused. */
export interface StateMachine<State extends string, Action extends string> {
  readonly initial: State;
  readonly final: readonly State[];
  readonly transitions: Readonly<Record<State, Readonly<Partial<Record<Action, State>>>>>;
}

/** Where an action leads from a state, or `undefined` when it is not allowed there. */
export function nextState<State extends string, Action extends string>(
  machine: StateMachine<State, Action>,
  from: State,
  action: Action,
): State | undefined {
  return machine.transitions[from][action];
}

/** Actions that a state allows, in the order of the definition. */
export function allowedActions<State extends string, Action extends string>(
  machine: StateMachine<State, Action>,
  from: State,
): Action[] {
  return Object.keys(machine.transitions[from]) as Action[];
}

/**
 * What is wrong with a definition, in sentences: unknown states, states that cannot be reached, final states that can be left, and states
 * from which no final state can be reached. Empty for a sound one.
 */
export function definitionProblems<State extends string, Action extends string>(
  machine: StateMachine<State, Action>,
): string[] {
  const states = Object.keys(machine.transitions) as State[];
  const known = new Set<string>(states);
  const problems: string[] = [];
  for (const state of [machine.initial, ...machine.final]) {
    if (!known.has(state)) problems.push(`'${state}' is named but has no entry`);
  }
  for (const from of states) {
    for (const to of targets(machine, from)) {
      if (!known.has(to)) problems.push(`'${from}' leads to the unknown state '${to}'`);
    }
    if (machine.final.includes(from) && targets(machine, from).length > 0)
      problems.push(`final state '${from}' can be left`);
  }
  const reached = closure(machine, machine.initial);
  for (const state of states) {
    if (!reached.has(state)) problems.push(`'${state}' cannot be reached`);
    if (!machine.final.some((final) => closure(machine, state).has(final))) {
      problems.push(`no final state can be reached from '${state}'`);
    }
  }
  return problems;
}

function targets<State extends string, Action extends string>(
  machine: StateMachine<State, Action>,
  from: State,
): State[] {
  return Object.values<State | undefined>(machine.transitions[from] ?? {}).filter((to) => to !== undefined);
}

function closure<State extends string, Action extends string>(
  machine: StateMachine<State, Action>,
  from: State,
): Set<State> {
  const reached = new Set<State>([from]);
  const queue: State[] = [from];
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    for (const to of targets(machine, state)) {
      if (reached.has(to)) continue;
      reached.add(to);
      queue.push(to);
    }
  }
  return reached;
}
