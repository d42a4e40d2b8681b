import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import type { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { publicKey, rolesKey } from './identity.decorators.js';

/** A method of a controller that answers a route. */
export interface RouteHandler {
  readonly controller: abstract new (...args: never[]) => unknown;
  readonly method: string;
  readonly handler: (...args: unknown[]) => unknown;
}

/** Every route of an application, by its controllers. */
export function routeHandlers(discovery: DiscoveryService, scanner: MetadataScanner): RouteHandler[] {
  return discovery.getControllers().flatMap((wrapper) => {
    const controller = wrapper.metatype as RouteHandler['controller'] | null;
    if (controller === null || typeof controller !== 'function') return [];
    const prototype = controller.prototype as Record<string, RouteHandler['handler']>;
    return scanner.getAllMethodNames(prototype).flatMap((method) => {
      const handler = prototype[method];
      const isRoute =
        handler !== undefined &&
        Reflect.hasMetadata(PATH_METADATA, handler) &&
        Reflect.hasMetadata(METHOD_METADATA, handler);
      return isRoute ? [{ controller, method, handler }] : [];
    });
  });
}

/** @throws Error that lists every route of which nobody said who may use it */
export function assertEveryRouteGuarded(handlers: readonly RouteHandler[], reflector: Reflector): void {
  const open = handlers.filter(({ controller, handler }) => {
    const targets = [handler, controller as never];
    return (
      reflector.getAllAndOverride(publicKey, targets) !== true &&
      !reflector.getAllAndOverride<readonly unknown[] | undefined>(rolesKey, targets)?.length
    );
  });
  if (open.length === 0) return;
  const names = open.map(({ controller, method }) => `${controller.name}.${method}`).join(', ');
  throw new Error(`routes without @Roles(...) or @Public(): ${names}`);
}
