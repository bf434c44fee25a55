/** Subscriptions to the gateway this page came from: one connection, open while anything is followed. */

import { createClient, type Client } from "graphql-ws";

import { NoAnswer, TokenRefused } from "./ask";

/** The gateway closes with this code where a token is good no more, or its holder may not be connected. */
const FORBIDDEN = 4403;

/** Follows as the person the token stands for. Dispose of it when the person leaves. */
export function follower(token: string): Client {
  const address = new URL("/graphql", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return createClient({
    url: address.href,
    connectionParams: { Authorization: `Bearer ${token}` },
    // Closed for a reason of the gateway's own (4xxx), it would be closed again.
    shouldRetry: (closed) => !(closed instanceof CloseEvent) || closed.code < 4000,
  });
}

/** The same events; what went wrong is thrown in the words of `ask`, since the connection says it by a code. */
export async function* followed<T>(events: AsyncIterable<T>, onRefused: () => void): AsyncGenerator<T> {
  try {
    yield* events;
  } catch (failure) {
    if (!(failure instanceof CloseEvent)) throw failure;
    if (failure.code !== FORBIDDEN) throw new NoAnswer(`The connection was closed: ${failure.reason || failure.code}`);
    onRefused();
    throw new TokenRefused();
  }
}
