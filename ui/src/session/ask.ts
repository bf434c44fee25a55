/** One GraphQL question to the gateway this page came from. */

const GRAPHQL = "/graphql";

export interface Question {
  query: string;
  operationName?: string | null | undefined;
  variables?: unknown;
}

/** The gateway does not know this token (any more). */
export class TokenRefused extends Error {
  constructor() {
    super("The gateway did not accept this token (401).");
  }
}

/** The gateway could not be reached, or something before it answered. */
export class NoAnswer extends Error {}

/**
 * Asks as the person the token stands for and answers the GraphQL result, errors included.
 * Throws TokenRefused and NoAnswer.
 */
export async function ask(
  token: string,
  question: Question,
  options: { headers?: Record<string, string> | undefined; signal?: AbortSignal } = {},
): Promise<object> {
  const response = await send(token, question, options);
  if (response.status === 401) throw new TokenRefused();
  const text = await response.text();
  let result: unknown;
  try {
    result = JSON.parse(text);
  } catch {
    result = null;
  }
  if (typeof result === "object" && result !== null && ("data" in result || "errors" in result)) return result;
  throw new NoAnswer(`The gateway answered ${response.status} with no GraphQL result: ${text.slice(0, 200)}`);
}

async function send(
  token: string,
  question: Question,
  options: { headers?: Record<string, string> | undefined; signal?: AbortSignal },
): Promise<Response> {
  const headers = new Headers(options.headers);
  headers.set("Accept", "application/graphql-response+json, application/json");
  headers.set("Content-Type", "application/json");
  headers.set("Authorization", `Bearer ${token}`);
  const request: RequestInit = {
    method: "POST",
    headers,
    body: JSON.stringify(question),
    // The token says who asks; a cookie of another sign-in must not answer in its place.
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
  };
  if (options.signal) request.signal = options.signal;
  try {
    return await fetch(GRAPHQL, request);
  } catch (failure) {
    if (options.signal?.aborted) throw failure;
    throw new NoAnswer("The gateway does not answer. Is it running, and is the network up?");
  }
}
