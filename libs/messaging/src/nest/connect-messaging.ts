import type { INestApplication, INestMicroservice } from '@nestjs/common';
import { NestMicroservice, type MicroserviceOptions } from '@nestjs/microservices';
import type { Messaging } from '../messaging.js';
import { EventFailureFilter } from './event-failure.filter.js';
import { MessagingServer } from './messaging-server.js';

/**
 * Adds messaging to an application: its controllers' `@EventPattern` methods become handlers. The guards, pipes and
 * filters of the application's routes do not apply to events. It starts with `app.startAllMicroservices()` and stops
 * with `app.close()`.
 */
export function connectMessaging(app: INestApplication, messaging: Messaging): INestMicroservice {
  const microservice = app.connectMicroservice<MicroserviceOptions>(
    { strategy: new MessagingServer(messaging) },
    { inheritAppConfig: false, deferInitialization: true },
  );
  microservice.useGlobalFilters(new EventFailureFilter());
  // The application runs the hooks of its modules; the transport must not run them a second time.
  if (microservice instanceof NestMicroservice) microservice.setIsInitHookCalled(true);
  return microservice;
}
