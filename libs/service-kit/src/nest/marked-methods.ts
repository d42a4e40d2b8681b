import type { DiscoveryService, MetadataScanner } from '@nestjs/core';

/** A method of a provider that was marked by a decorator, and what the decorator said. */
export interface MarkedMethod<Metadata> {
  readonly metadata: Metadata;
  readonly name: string;
  readonly call: (...args: unknown[]) => unknown;
}

/** Every method of every provider and controller that carries a metadata key. */
export function markedMethods<Metadata>(
  discovery: DiscoveryService,
  scanner: MetadataScanner,
  key: string,
): MarkedMethod<Metadata>[] {
  const wrappers = [...discovery.getProviders(), ...discovery.getControllers()];
  const instances = new Set(
    wrappers
      .map((wrapper) => wrapper.instance as unknown)
      .filter((instance): instance is object => typeof instance === 'object' && instance !== null),
  );
  return [...instances].flatMap((instance) => {
    const prototype = Object.getPrototypeOf(instance) as Record<string, unknown> | null;
    if (prototype === null) return [];
    return scanner.getAllMethodNames(prototype).flatMap((method) => {
      const handler = prototype[method];
      if (typeof handler !== 'function' || !Reflect.hasMetadata(key, handler)) return [];
      const metadata = Reflect.getMetadata(key, handler) as Metadata;
      return [
        {
          metadata,
          name: `${instance.constructor.name}.${method}`,
          call: handler.bind(instance) as MarkedMethod<Metadata>['call'],
        },
      ];
    });
  });
}

/** Methods by what they handle. @throws Error when two handle the same */
export function uniqueBy<Metadata>(
  methods: readonly MarkedMethod<Metadata>[],
  kindOf: (metadata: Metadata) => string,
  what: string,
): Map<string, MarkedMethod<Metadata>> {
  const byKind = new Map<string, MarkedMethod<Metadata>>();
  for (const method of methods) {
    const kind = kindOf(method.metadata);
    const other = byKind.get(kind);
    if (other !== undefined) throw new Error(`${what} "${kind}" has two handlers: ${other.name} and ${method.name}`);
    byKind.set(kind, method);
  }
  return byKind;
}
