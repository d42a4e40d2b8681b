import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** Metadata key of {@link Idempotent}. */
export const idempotentKey = 'risk-budget:idempotent';

/**
 * The route creates something: the client names its attempt by an `Idempotency-Key` header. The same key with the same body gets the
 * first answer again, and the first transaction of the handler commits at most once, whatever is retried and whichever instance answers.
 */
export const Idempotent = (): CustomDecorator => SetMetadata(idempotentKey, true);
