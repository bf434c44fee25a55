// What the scripts share: the job that comes on stdin, what is said of it on stdout, and a fetch that is watched.
import { readFileSync } from "node:fs";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";
import WebSocket from "ws";

// A browser has one, and so does Node from version 22 on; Apollo's link looks for its constants.
globalThis.WebSocket ??= WebSocket;

export const job = JSON.parse(readFileSync(0, "utf-8"));
export const request = { query: job.document, variables: job.variables };
export const headers = {
  ...(job.token ? { Authorization: `Bearer ${job.token}` } : {}),
  ...(job.team ? { "Okno-Team": job.team } : {}),
  ...job.headers,
};

/** One line of what the client did or gave its user. */
export function say(kind, more = {}) {
  process.stdout.write(`${JSON.stringify({ kind, ...more })}\n`);
}

/** A result as the client gave it. */
export function sayNext({ data, errors, ...more }) {
  say("next", { data, errors: errors?.map(plain), ...more });
}

/** What the client said instead of a result: GraphQL's errors, an answer of HTTP, or a close of the socket. */
export async function sayError(error) {
  const errors = Array.isArray(error) ? error : (error.errors ?? error.source?.errors ?? error.graphQLErrors);
  const response = error.networkError?.response ?? error.response;
  const body = error.bodyText ?? (response && !response.bodyUsed ? await response.text() : undefined);
  say("error", {
    errors: errors?.length ? errors.map(plain) : undefined,
    name: error.name,
    message: error.message,
    status: error.statusCode ?? response?.status,
    body,
    code: error.code,
    reason: error.reason,
  });
}

function plain({ message, path, extensions }) {
  return { message, path, extensions };
}

/** The fetch that a client is given: the built-in one, with a line for each question and each answer. */
export async function watchedFetch(url, init) {
  const sent = new Headers(init?.headers);
  const body = init?.body ? JSON.parse(init.body) : undefined;
  say("asked", { method: init?.method ?? "GET", accept: sent.get("accept"), type: sent.get("content-type"), body });
  const response = await fetch(url, init);
  say("answered", { status: response.status, type: response.headers.get("content-type") });
  return response;
}

/** Begin a subscription and end it as the job says: by itself, or by us after so many results. */
export function follow(begin) {
  let came = 0;
  const stop = begin({
    next(result) {
      sayNext(result);
      came += 1;
      if (came === job.stopAfter) {
        stop();
        say("stopped");
      }
    },
    error: sayError,
    complete: () => say("complete"),
  });
}

/** Tries again five times, as the library does unless it is told otherwise, but does not wait that long in between. */
const retrying = { retryAttempts: job.retries ?? 5 };

export function socketClient() {
  return createSocketClient({
    url: job.url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    connectionParams: headers,
    ...retrying,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 300)),
    // unless told otherwise it gives up when nobody listens, and tries again when it is nobody's token
    shouldRetry: job.patient ? (event) => event?.code !== 4403 : undefined,
    on: {
      connecting: (again) => say("connecting", { again }),
      connected: (_socket, _payload, again) => say("connected", { again }),
      closed: (event) => say("closed", { code: event.code, reason: event.reason }),
    },
  });
}

export function sseClient() {
  return createSseClient({
    url: job.url,
    headers,
    fetchFn: watchedFetch,
    ...retrying,
    retry: () => new Promise((resolve) => setTimeout(resolve, 300)),
  });
}
