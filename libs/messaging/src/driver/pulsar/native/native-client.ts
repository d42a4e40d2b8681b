import { nativeClientMissing } from '../../../errors.js';

/** What is used of the package `pulsar-client`, whose own types are there only where it is installed. */
export interface NativeModule {
  Client: new (config: Record<string, unknown>) => NativeClient;
  AuthenticationToken: new (options: { token: () => Promise<string> }) => unknown;
  MessageId: { earliest(): NativeMessageId; deserialize(data: Buffer): NativeMessageId };
}

export interface NativeClient {
  createProducer(config: Record<string, unknown>): Promise<NativeProducer>;
  subscribe(config: Record<string, unknown>): Promise<NativeConsumer>;
  createReader(config: Record<string, unknown>): Promise<NativeReader>;
  close(): Promise<unknown>;
}

export interface NativeProducer {
  send(message: { data: Buffer; partitionKey: string; properties: Record<string, string> }): Promise<NativeMessageId>;
  close(): Promise<unknown>;
}

export interface NativeConsumer {
  receive(): Promise<NativeMessage>;
  acknowledgeId(id: NativeMessageId): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface NativeReader {
  readNext(): Promise<NativeMessage>;
  close(): Promise<unknown>;
}

export interface NativeMessage {
  getData(): Buffer;
  getMessageId(): NativeMessageId;
  getPartitionKey(): string;
  getProperties(): Record<string, string>;
  getPublishTimestamp(): number;
}

export interface NativeMessageId {
  serialize(): Buffer;
}

/** A name that the compiler does not follow: the package is optional. */
const PACKAGE: string = 'pulsar-client';

/** @throws `MESSAGING.NATIVE_CLIENT_MISSING` with what to do */
export async function loadNativeClient(): Promise<NativeModule> {
  try {
    const loaded = (await import(PACKAGE)) as NativeModule & { default?: NativeModule };
    return loaded.default ?? loaded;
  } catch (error) {
    throw nativeClientMissing(error);
  }
}
