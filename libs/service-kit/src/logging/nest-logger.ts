import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/** Sends what Nest itself logs to a service's logger; its start-up chatter goes out as debug lines. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(text(message), source(rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(text(message), source(rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.trace(text(message), source(rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(text(message), source(rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(text(message), { ...source(rest), ...(message instanceof Error ? { error: message } : {}) });
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.fatal(text(message), source(rest));
  }
}

function text(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/** Nest hands over a stack (or nothing) and, last, the name of the class that speaks. */
function source(rest: readonly unknown[]): { source?: string; stack?: string } {
  const texts = rest.filter((value): value is string => typeof value === 'string');
  const name = texts.at(-1);
  const stack = texts.find((value) => value.includes('\n'));
  return {
    ...(name === undefined || name === stack ? {} : { source: name }),
    ...(stack === undefined ? {} : { stack }),
  };
}
