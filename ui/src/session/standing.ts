import { useCallback, useEffect, useState } from "react";

import { NoAnswer, TokenRefused, ask } from "./ask";
import { forgetToken, keepToken, storedToken, takeTokenFromAddress } from "./token";

/** How the person at this tab stands with the gateway. */
export type Standing =
  | { kind: "out" }
  | { kind: "asking"; token: string }
  | { kind: "in"; token: string }
  | { kind: "refused"; token: string }
  | { kind: "no answer"; token: string; why: string };

export interface Session {
  standing: Standing;
  use: (token: string) => void;
  forget: () => void;
  /** The gateway has just refused a token that had been good. */
  refused: (token: string) => void;
}

function start(token: string | null): Standing {
  return token === null ? { kind: "out" } : { kind: "asking", token };
}

/** Keeps the token of this tab and asks the gateway whether it is good before anything else is asked with it. */
export function useSession(): Session {
  const [standing, setStanding] = useState<Standing>(() => start(storedToken()));

  const use = useCallback((token: string) => {
    keepToken(token);
    setStanding({ kind: "asking", token });
  }, []);
  const forget = useCallback(() => {
    forgetToken();
    setStanding({ kind: "out" });
  }, []);
  const refused = useCallback((token: string) => {
    // An answer that comes late must not end the session of the token that replaced it.
    setStanding((now) => ("token" in now && now.token === token ? { kind: "refused", token } : now));
  }, []);

  useEffect(() => {
    const onHash = (): void => {
      const token = takeTokenFromAddress();
      if (token !== null) use(token);
    };
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, [use]);

  useEffect(() => {
    if (standing.kind !== "asking") return;
    const { token } = standing;
    const abort = new AbortController();
    ask(token, { query: "{ __typename }" }, { signal: abort.signal }).then(
      () => setStanding({ kind: "in", token }),
      (failure: unknown) => {
        if (abort.signal.aborted) return;
        if (failure instanceof TokenRefused) setStanding({ kind: "refused", token });
        else if (failure instanceof NoAnswer) setStanding({ kind: "no answer", token, why: failure.message });
        else setStanding({ kind: "no answer", token, why: String(failure) });
      },
    );
    return () => abort.abort();
  }, [standing]);

  return { standing, use, forget, refused };
}
