// graphql-ws: subscriptions over WebSocket.
import { follow, request, socketClient } from "./common.mjs";

const client = socketClient();
follow((sink) => client.subscribe(request, sink));
