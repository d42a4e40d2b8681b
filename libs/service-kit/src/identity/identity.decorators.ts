import { createParamDecorator, SetMetadata, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import { KitError } from '../errors/kit-error.js';
import { principalOf } from './request-principal.js';
import type { Principal, Role } from './principal.js';

/** Metadata key of {@link Roles}. */
export const rolesKey = 'risk-budget:roles';
/** Metadata key of {@link Public}. */
export const publicKey = 'risk-budget:public';

/** Lets a principal with any of these roles use the route, or every route of the controller. A route without it or {@link Public} keeps the service from starting. */
export const Roles = (...allowed: [Role, ...Role[]]): CustomDecorator => SetMetadata(rolesKey, allowed);

/** Lets everybody use the route, without a token. */
export const Public = (): CustomDecorator => SetMetadata(publicKey, true);

/** The {@link Principal} of the request. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const principal = principalOf(context.switchToHttp().getRequest<object>());
  if (principal === undefined) throw new KitError('TOKEN_MISSING');
  return principal;
});
