import type { Principal } from './principal.js';

const principals = new WeakMap<object, Principal>();

/** Remembers who makes a request, for as long as the request lives. */
export function setPrincipal(request: object, principal: Principal): void {
  principals.set(request, principal);
}

export function principalOf(request: object): Principal | undefined {
  return principals.get(request);
}
