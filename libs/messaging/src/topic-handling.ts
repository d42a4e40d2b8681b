import type { Handle, Inbox } from './inbox/inbox.js';

/** How a service takes messages of one topic: its inbox, and its handlers as one function. */
export interface TopicHandling {
  inbox: Inbox;
  handle(attempt: number, replay: boolean): Handle;
}
