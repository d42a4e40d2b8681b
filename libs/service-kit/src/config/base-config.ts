import { z } from 'zod';

/** A whole number from the environment, where every value is text. */
export function integer(minimum: number, maximum: number, fallback?: number): z.ZodType<number, unknown> {
  const text = z.union([
    z.int(),
    z
      .string()
      .regex(/^-?\d+$/, 'is no whole number')
      .transform(Number),
  ]);
  const number = text
    .pipe(z.int().min(minimum).max(maximum))
    .meta({ allowed: `whole number, ${minimum} to ${maximum}` });
  return (fallback === undefined ? number : number.default(fallback)) as z.ZodType<number, unknown>;
}

/** A switch from the environment: `true` or `false`. */
export function flag(fallback: boolean): z.ZodType<boolean, unknown> {
  return z
    .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
    .default(fallback)
    .meta({ allowed: 'true or false' }) as z.ZodType<boolean, unknown>;
}

const port = (fallback: number): z.ZodType<number, unknown> => integer(0, 65_535, fallback);
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\/\S+$/, 'is no PostgreSQL URL');

/**
 * What every service reads. Names are those of the environment. `meta` holds what a person needs who got one wrong: the allowed
 * values and an example; `secret` values are never printed.
 */
export const baseConfigSchema = z.object({
  DATABASE_URL: postgresUrl.meta({
    about: 'the database and the role that the service runs as',
    allowed: 'PostgreSQL URL of the run-time role',
    example: 'postgresql://limits_app:…@127.0.0.1:5432/risk_budget',
    secret: true,
  }),
  DATABASE_POOL_SIZE: integer(2, 200, 10).meta({ about: 'connections that an instance opens at most', example: '10' }),
  DATABASE_STATEMENT_TIMEOUT_MS: integer(0, 3_600_000, 60_000).meta({
    about: 'after how long a statement is given up; 0 never',
    example: '60000',
  }),
  MESSAGING_URL: z
    .string()
    .regex(/^(embedded:postgres(ql)?|wss?|pulsar|pulsar\+ssl):\/\/\S+$/, 'has no known scheme')
    .meta({
      about: 'the broker, and by its scheme the driver',
      allowed: 'embedded:postgresql://…, ws://…, wss://…, pulsar://… or pulsar+ssl://…',
      example: 'embedded:postgresql://bus_app:…@127.0.0.1:5432/risk_budget',
      secret: true,
    }),
  MESSAGING_TOKEN: z.string().min(1).optional().meta({
    about: 'what the service shows the broker',
    allowed: 'token (JWT) for the broker of MESSAGING_URL',
    example: 'eyJhbGciOi…',
    secret: true,
  }),
  MESSAGING_TOKEN_FILE: z.string().min(1).optional().meta({
    about: 'the same from a file, exchanged without a restart',
    allowed: 'file that holds that token, read again at every connection',
    example: '/run/secrets/pulsar-token',
  }),
  MESSAGING_CA_FILE: z.string().min(1).optional().meta({
    about: 'whose certificates count for the broker',
    allowed: 'PEM file of the authority behind wss:// or pulsar+ssl://',
    example: '/run/secrets/pulsar-ca.pem',
  }),
  HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .meta({ about: 'where REST and management listen', allowed: 'address to listen on', example: '0.0.0.0' }),
  PORT: port(3000).meta({ about: 'port of REST; 0 takes a free one', example: '3000' }),
  MANAGEMENT_PORT: port(0).meta({ about: 'port of health and metrics; 0 takes a free one', example: '9000' }),
  INSTANCE: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, 'is no plain name')
    .optional()
    .meta({
      about: 'name in logs, metrics and leases; made up without it',
      allowed: 'name of this instance, 1 to 100 letters, digits, dots, hyphens',
      example: 'limits-0',
    }),
  JWT_JWKS: z.string().min(1).meta({
    about: 'the keys that sign tokens',
    allowed: 'a JWKS as JSON, as a file path or as a URL',
    example: 'https://id.example.com/.well-known/jwks.json',
  }),
  JWT_ISSUER: z
    .string()
    .min(1)
    .meta({ about: 'whose tokens count', allowed: 'issuer that tokens must name', example: 'https://id.example.com/' }),
  JWT_AUDIENCE: z
    .string()
    .min(1)
    .default('risk-budget')
    .meta({ about: 'for whom tokens must be meant', allowed: 'audience of tokens', example: 'risk-budget' }),
  JWT_CLOCK_TOLERANCE_SECONDS: integer(0, 300, 5).meta({
    about: 'how far clocks may differ when a token expires',
    example: '5',
  }),
  CLOCK: z
    .enum(['wall', 'replay'])
    .default('wall')
    .meta({ about: 'business time: the wall clock, or that of a replay', allowed: 'wall or replay', example: 'wall' }),
  TIMESCALE: z.enum(['required', 'auto', 'off']).default('required').meta({
    about: 'whether series must be TimescaleDB hypertables; otherwise native partitions',
    allowed: 'required, auto or off',
    example: 'auto',
  }),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({ about: 'what is logged', allowed: 'fatal, error, warn, info, debug, trace or silent', example: 'info' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      about: 'where traces go; none without it',
      allowed: 'URL of an OTLP/HTTP collector',
      example: 'http://127.0.0.1:4318',
    }),
  OTEL_TRACES_SAMPLE_RATIO: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .meta({ about: 'how many traces are kept', allowed: 'share of traces kept, 0 to 1', example: '0.1' }),
  RATE_LIMIT_PER_MINUTE: z
    .union([z.literal('off'), integer(1, 10_000_000)])
    .default(12_000)
    .meta({
      about: 'how many requests a subject may make',
      allowed: 'requests a minute for each subject, 1 to 10000000, or off (logged and shown in the metrics)',
      example: '12000',
    }),
  BODY_LIMIT_BYTES: integer(1024, 64 * 1024 * 1024, 2 * 1024 * 1024).meta({
    about: 'size of a JSON body',
    example: '2097152',
  }),
  RAW_BODY_LIMIT_BYTES: integer(1024, 8 * 1024 * 1024 * 1024, 512 * 1024 * 1024).meta({
    about: 'size of an uploaded file',
    example: '536870912',
  }),
  REQUEST_TIMEOUT_MS: integer(1000, 3_600_000, 60_000).meta({
    about: 'how long a request may take to arrive',
    example: '60000',
  }),
  TRUST_PROXY: flag(false).meta({ about: 'whether the client’s address is that of X-Forwarded-For', example: 'true' }),
  JOB_CONCURRENCY: integer(1, 64, 2).meta({ about: 'jobs that an instance runs at once', example: '2' }),
  CONSUMER_LAG_LIMIT: integer(1, 1_000_000_000, 10_000).meta({
    about: 'how far behind the service is still ready',
    allowed: 'messages behind above which the service is unready',
    example: '10000',
  }),
  SHUTDOWN_TIMEOUT_MS: integer(100, 600_000, 20_000).meta({
    about: 'how long each step of the stop may take',
    example: '20000',
  }),
});

export type BaseConfig = z.output<typeof baseConfigSchema>;
