// urql: its exchange for fetch, which speaks JSON, multipart and server-sent events; a socket; hashes.
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { onEnd, pipe, subscribe } from "wonka";
import { follow, headers, job, sayError, socketClient, watchedFetch } from "./common.mjs";

// When a stream is left half-way urql aborts its fetch, whose failure it then hears of itself without listening.
process.on("unhandledRejection", (failure) => {
  if (failure?.name !== "AbortError") throw failure;
});

function socketExchange() {
  const client = socketClient();
  return subscriptionExchange({
    forwardSubscription: (request) => ({ subscribe: (sink) => ({ unsubscribe: client.subscribe(request, sink) }) }),
  });
}

const hashed = job.hashed ? [persistedExchange({ enforcePersistedQueries: true, preferGetForPersistedQueries: false })] : [];
const client = new Client({
  url: job.url,
  preferGetMethod: job.method === "GET" ? "force" : false,
  fetch: watchedFetch,
  fetchOptions: { headers },
  fetchSubscriptions: job.transport !== "ws",
  exchanges: [...hashed, job.transport === "ws" ? socketExchange() : fetchExchange],
});
// A document that is known to the server by its id comes with no text at all.
const document = job.documentId ? { kind: "Document", definitions: [], documentId: job.documentId } : job.document;
if (job.documentId) process.env.NODE_ENV = "production"; // in development urql looks into the text for the operation's kind
const kind = /^\s*(mutation|subscription)/.exec(job.document ?? "")?.[1] ?? "query";

follow((sink) => {
  let over = false;
  const end = () => {
    if (!over) sink.complete();
    over = true;
  };
  const { unsubscribe } = pipe(
    client[kind](document, job.variables),
    onEnd(() => kind === "subscription" && end()),
    subscribe(async ({ data, error, hasNext }) => {
      if (error && !data) await sayError(error);
      else if (data) sink.next({ data, errors: error?.graphQLErrors, hasNext });
      if (!hasNext && kind !== "subscription") end(); // urql keeps a query, to ask it again when something has changed
    }),
  );
  return () => {
    over = true;
    unsubscribe();
  };
});
