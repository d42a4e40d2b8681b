import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { readText } from '../../src/index.js';

/** A YAML or JSON file as plain values; merge keys (`<<`) are carried out. */
export function yamlFile(file: string): unknown {
  return parse(readText(file), { merge: true });
}

const object = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
});

/** An object of Kubernetes. */
export type Manifest = z.output<typeof object>;

/** Objects of a text with several documents. Version 1.1 of YAML is Kubernetes': there 0440 is octal. */
export function manifests(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => object.parse(document.toJS()));
}
