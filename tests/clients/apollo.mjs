// Apollo Client: its HTTP link, a socket link or one over graphql-sse; hashes instead of documents; @defer.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache, Observable } from "@apollo/client";
import { Defer20220824Handler } from "@apollo/client/incremental";
import { createPersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { print } from "graphql";
import { follow, headers, job, say, sayError, sayNext, socketClient, sseClient, watchedFetch } from "./common.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** A link over graphql-sse, as its own page of recipes has it. */
function sseLink() {
  const client = sseClient();
  return new ApolloLink(
    ({ query, variables, operationName }) =>
      new Observable((sink) => {
        // what a refusal says has to be read here: once the link has failed, its connection is given up
        const error = async (failure) => {
          if (failure.response) failure.bodyText = await failure.response.text();
          sink.error(failure);
        };
        const { next, complete } = { next: (result) => sink.next(result), complete: () => sink.complete() };
        return client.subscribe({ query: print(query), variables, operationName }, { next, error, complete });
      }),
  );
}

function httpLink() {
  const http = new HttpLink({ uri: job.url, headers, fetch: watchedFetch });
  return job.hashed ? createPersistedQueryLink({ sha256 }).concat(http) : http;
}

const links = { http: httpLink, ws: () => new GraphQLWsLink(socketClient()), sse: sseLink };
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: links[job.transport](),
  incrementalHandler: new Defer20220824Handler(),
});
const query = gql(job.document);
const kind = query.definitions.find((each) => each.kind === "OperationDefinition").operation;
const asked = { variables: job.variables, errorPolicy: "all" };

/** Apollo hands data and error out together; an error that is none of GraphQL's has no data. */
async function told({ data, error, ...more }) {
  if (error && !(data && CombinedGraphQLErrors.is(error))) await sayError(error);
  else sayNext({ data, errors: error?.errors, ...more });
}

async function once(answer) {
  try {
    await told(await answer);
    say("complete");
  } catch (error) {
    await sayError(error);
  }
}

if (kind === "subscription") {
  follow((sink) => {
    const subscription = client.subscribe({ query, ...asked }).subscribe({
      next: ({ data, error }) => (error && !data ? sink.error(error) : sink.next({ data, errors: error?.errors })),
      error: sink.error,
      complete: sink.complete,
    });
    return () => subscription.unsubscribe();
  });
} else if (kind === "mutation") {
  await once(client.mutate({ mutation: query, ...asked }));
} else if (job.deferred) {
  const watched = client.watchQuery({ query, ...asked, fetchPolicy: "network-only" }).subscribe(async (result) => {
    if (result.dataState === "empty" && !result.error) return; // it has been asked, and that is all
    await told({ data: result.data, error: result.error, state: result.dataState });
    if (!result.loading) {
      watched.unsubscribe();
      say("complete");
    }
  });
} else {
  await once(client.query({ query, ...asked, fetchPolicy: "network-only" }));
}
