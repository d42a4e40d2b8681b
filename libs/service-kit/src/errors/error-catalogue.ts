/** What an error code means: its HTTP status and when a client meets it. Codes never change their meaning. */
export interface ErrorEntry {
  readonly status: number;
  readonly description: string;
}

/** Error codes of a package, by code. */
export type ErrorCatalogue = Readonly<Record<string, ErrorEntry>>;

/** Errors that every service can answer with. */
export const kitErrors = {
  VALIDATION_FAILED: {
    status: 400,
    description: 'The body, query, path or a header does not fit its schema; `errors` names the fields.',
  },
  BODY_MALFORMED: { status: 400, description: 'The body is no valid JSON, or no valid UTF-8.' },
  URL_MALFORMED: { status: 400, description: 'The path or query cannot be decoded.' },
  REQUEST_MALFORMED: { status: 400, description: 'The request is no valid HTTP.' },
  INPUT_REFUSED: {
    status: 400,
    description: 'The database cannot hold a value of the request, such as a date out of range.',
  },
  CURSOR_INVALID: { status: 400, description: 'The cursor was not given out by this list.' },
  IDEMPOTENCY_KEY_REQUIRED: {
    status: 400,
    description: 'This request creates something and needs an `Idempotency-Key` header.',
  },
  TOKEN_MISSING: { status: 401, description: 'No bearer token was sent.' },
  TOKEN_EXPIRED: { status: 401, description: 'The bearer token has expired.' },
  TOKEN_INVALID: {
    status: 401,
    description: 'The bearer token is malformed, or its signature, issuer, audience or claims are not accepted.',
  },
  ROLE_REQUIRED: { status: 403, description: 'The token carries none of the roles that this route needs.' },
  NOT_FOUND: { status: 404, description: 'There is no such thing, or it is not visible to this token.' },
  ROUTE_NOT_FOUND: { status: 404, description: 'There is no such route.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    description: 'The route exists, but not for this method; `Allow` lists those it has.',
  },
  NOT_ACCEPTABLE: { status: 406, description: 'The route cannot answer in the media type asked for.' },
  IDEMPOTENCY_KEY_IN_PROGRESS: {
    status: 409,
    description: 'The first request with this key is still being carried out.',
  },
  IDEMPOTENCY_OUTCOME_UNKNOWN: {
    status: 409,
    description: 'The first request with this key took effect, but its answer was lost; read the resource instead.',
  },
  ALREADY_EXISTS: {
    status: 409,
    description: 'Something with this identity exists already, or was made at the same moment.',
  },
  JOB_FINISHED: { status: 409, description: 'The job has ended and cannot be cancelled.' },
  PARKED_KEY_BUSY: { status: 409, description: 'The parked key is being replayed.' },
  PRECONDITION_FAILED: { status: 412, description: '`If-Match` names a version that is no longer the current one.' },
  BODY_TOO_LARGE: { status: 413, description: 'The body exceeds the limit of this service.' },
  URL_TOO_LONG: { status: 414, description: 'The URL is too long.' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, description: 'The body is not in a media type that this route reads.' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, description: 'The key was used for a request with another body.' },
  PRECONDITION_REQUIRED: {
    status: 428,
    description: 'The request changes what others may edit and needs an `If-Match` header.',
  },
  RATE_LIMITED: { status: 429, description: 'Too many requests; `Retry-After` says when to try again.' },
  HEADERS_TOO_LARGE: { status: 431, description: 'The headers are too large.' },
  REQUEST_TIMEOUT: { status: 408, description: 'The request did not arrive in time.' },
  INTERNAL: { status: 500, description: 'A defect of the service; its log holds the correlation id.' },
  INFRASTRUCTURE_UNAVAILABLE: {
    status: 503,
    description: 'The database or the broker cannot be reached; `Retry-After` says when to try again.',
  },
  STARTING: {
    status: 503,
    description:
      'The service has an empty schema and still catches up with what is on its topics; `Retry-After` says when to try again.',
  },
  STOPPING: { status: 503, description: 'This instance is shutting down.' },
} as const satisfies ErrorCatalogue;

export type KitErrorCode = keyof typeof kitErrors;
