// Relay: its runtime with a network layer as its users write one, for an artifact of its compiler.
import { meros } from "meros/browser";
import relay from "relay-runtime";
import { follow, headers, job, say, sayError, sayNext, socketClient, watchedFetch } from "./common.mjs";

const { Environment, Network, Observable, RecordSource, Store } = relay;
const artifact = (name) => import(`${job.artifacts}/${name}.graphql.js`).then((module) => module.default);

/** What comes over HTTP in Relay's words: the answer, or its parts one by one, the last of them marked. */
async function* answered(params, variables) {
  const said = params.id ? { documentId: params.id, variables } : { query: params.text, variables };
  const response = await watchedFetch(job.url, {
    method: "POST",
    headers: {
      ...headers,
      "Content-Type": "application/json",
      Accept: "multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json;q=0.9",
    },
    body: JSON.stringify(said),
  });
  const parts = await meros(response);
  if (parts === response) {
    yield final(await response.json(), true);
    return;
  }
  for await (const { body } of parts) {
    const { incremental, hasNext, ...first } = body;
    if ("data" in first) yield final(first, !hasNext);
    for (const [place, part] of (incremental ?? []).entries()) {
      yield final(part, !hasNext && place === incremental.length - 1);
    }
  }
}

function final(part, last) {
  return { ...part, extensions: { ...part.extensions, is_final: last } };
}

function fetched(params, variables) {
  return Observable.create((sink) => {
    (async () => {
      for await (const part of answered(params, variables)) sink.next(part);
      sink.complete();
    })().catch(sink.error);
  });
}

const socket = job.transport === "ws" ? socketClient() : null;
const subscribed = (params, variables) =>
  Observable.create((sink) => socket.subscribe({ query: params.text, variables, operationName: params.name }, sink));
const environment = new Environment({
  network: Network.create(fetched, subscribed),
  store: new Store(new RecordSource()),
});
const operation = await artifact(job.artifact);
const { variables } = job;

if (operation.params.operationKind === "mutation") {
  relay.commitMutation(environment, {
    mutation: operation,
    variables,
    onCompleted: (data, errors) => {
      sayNext({ data, errors: errors ?? undefined });
      say("complete");
    },
    onError: sayError,
  });
} else if (operation.params.operationKind === "subscription") {
  follow((sink) => {
    const following = relay.requestSubscription(environment, {
      subscription: operation,
      variables,
      onNext: (data) => sink.next({ data }),
      onCompleted: sink.complete,
      onError: sink.error,
    });
    return () => following.dispose();
  });
} else {
  const fragment = job.fragment ? await artifact(job.fragment) : null;
  /** What a component of the deferred fragment would be given. */
  const held = (data) => {
    const { data: found, isMissingData } = environment.lookup(relay.getSelector(fragment, data.employee));
    return { data: isMissingData ? null : found, missing: isMissingData };
  };
  relay.fetchQuery(environment, operation, variables).subscribe({
    next: (data) => sayNext({ data, fragment: fragment ? held(data) : undefined }),
    error: sayError,
    complete: () => say("complete"),
  });
}
