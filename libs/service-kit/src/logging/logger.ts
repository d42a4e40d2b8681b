import { pino, stdSerializers, type DestinationStream, type Logger as Pino } from 'pino';
import { currentContext } from '../context/request-context.js';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
export type LogFields = Readonly<Record<string, unknown>>;

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly service: string;
  readonly instance: string;
  /** Where lines go; the default is standard output. */
  readonly destination?: DestinationStream;
}

/** Names whose values never reach a log, wherever they stand in the fields. */
const secretPaths = ['authorization', 'password', 'secret', 'token'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** One JSON object a line, with the service, the instance, and the correlation id and trace of the work that is running. */
export class Logger {
  private constructor(private readonly pino: Pino) {}

  static create(options: LoggerOptions): Logger {
    const settings = {
      level: options.level,
      base: { service: options.service, instance: options.instance },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label: string) => ({ level: label }) },
      messageKey: 'message',
      serializers: { error: stdSerializers.errWithCause },
      redact: { paths: secretPaths, censor: '[secret]' },
      mixin: contextFields,
    };
    return new Logger(options.destination === undefined ? pino(settings) : pino(settings, options.destination));
  }

  /** A logger whose lines all carry these fields. */
  child(fields: LogFields): Logger {
    return new Logger(this.pino.child(fields));
  }

  get level(): string {
    return this.pino.level;
  }

  trace(message: string, fields: LogFields = {}): void {
    this.pino.trace(fields, message);
  }

  debug(message: string, fields: LogFields = {}): void {
    this.pino.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.pino.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.pino.warn(fields, message);
  }

  /** Give the error as the field `error`: its type, message, stack and causes are written. */
  error(message: string, fields: LogFields = {}): void {
    this.pino.error(fields, message);
  }

  fatal(message: string, fields: LogFields = {}): void {
    this.pino.fatal(fields, message);
  }
}

function contextFields(): object {
  const context = currentContext();
  if (context === undefined) return {};
  const traceId = context.traceparent?.split('-')[1];
  return { correlationId: context.correlationId, ...(traceId === undefined ? {} : { traceId }) };
}
