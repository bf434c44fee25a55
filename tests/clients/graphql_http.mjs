// graphql-http's client: queries and mutations by POST, and nothing but what the specification says.
import { createClient } from "graphql-http";
import { follow, headers, job, request, watchedFetch } from "./common.mjs";

const client = createClient({ url: job.url, headers, fetchFn: watchedFetch });
follow((sink) => client.subscribe(request, sink));
