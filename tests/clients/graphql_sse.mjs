// graphql-sse in distinct connections mode: everything over server-sent events, one connection each.
import { follow, request, sseClient } from "./common.mjs";

const client = sseClient();
follow((sink) => client.subscribe(request, sink));
