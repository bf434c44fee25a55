// graphql-http's audits of a server: one line for each.
import { serverAudits } from "graphql-http";
import { headers, job, say } from "./common.mjs";

const fetchFn = (url, init = {}) => fetch(url, { ...init, headers: { ...init.headers, ...headers } });
for (const audit of serverAudits({ url: job.url, fetchFn })) {
  const { id, name, status, reason } = await audit.fn();
  say("audit", { id, name, status, reason });
}
