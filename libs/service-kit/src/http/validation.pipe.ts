import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { ValidationError } from '@risk-budget/contracts';
import { fieldProblems } from './field-problems.js';
import { isSuspicious, unstorablePath } from './unstorable.js';

interface StandardResult {
  readonly value?: unknown;
  readonly issues?: readonly unknown[];
}

/** Checks every parameter that names a schema, and hands over what the schema makes of it. */
@Injectable()
export class ValidationPipe implements PipeTransform {
  /** @throws ValidationError with every field at fault */
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { schema } = metadata;
    if (schema === undefined || metadata.type === 'custom') return value;
    const result = (await schema['~standard'].validate(value)) as StandardResult;
    if (result.issues === undefined) return this.storable(value, result.value, metadata);
    throw new ValidationError(
      fieldProblems(result.issues, prefixOf(metadata), metadata.type === 'body' ? 'body' : 'parameters'),
    );
  }

  /** What the schema has let through may still hold texts that no database column can. */
  private storable(input: unknown, output: unknown, metadata: ArgumentMetadata): unknown {
    const path = isSuspicious(input) ? unstorablePath(output) : undefined;
    if (path === undefined) return output;
    const field = [prefixOf(metadata), path].filter((part) => part !== '').join('.') || 'body';
    throw new ValidationError([{ field, problem: 'holds a null character or half a surrogate pair' }]);
  }
}

/** A parameter is named with where it stands, a field of the body by its path alone. */
function prefixOf(metadata: ArgumentMetadata): string {
  if (metadata.type === 'body') return metadata.data ?? '';
  const place = metadata.type === 'param' ? 'path' : metadata.type;
  return metadata.data === undefined ? place : `${place}.${metadata.data}`;
}
