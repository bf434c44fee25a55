/** Where the bearer token of this browser tab lives. It never reaches localStorage, a cookie or the address. */

const KEY = "okno.token";

/** What a person pasted, as a token; null when it cannot be one (a header carries visible ASCII only). */
export function readToken(pasted: string): string | null {
  const token = pasted.trim().replace(/^bearer\s+/i, "");
  return /^[\x21-\x7e]+$/.test(token) ? token : null;
}

export function storedToken(): string | null {
  return sessionStorage.getItem(KEY);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}

/**
 * Moves a token from `#token=…` into this tab's session and takes it out of the address and of the history.
 * Answers the token, or null when the address holds none.
 */
export function takeTokenFromAddress(): string | null {
  const given = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")).get("token");
  if (given === null) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  const token = readToken(given);
  if (token !== null) keepToken(token);
  return token;
}
