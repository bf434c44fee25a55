import { type FormEvent, useState } from "react";

import { readToken } from "./token";

interface Props {
  signedIn: boolean;
  onUse: (token: string) => void;
  onForget: () => void;
}

/** The bar above a page where a person gives the token they work with. */
export function SignInBar({ signedIn, onUse, onForget }: Props) {
  const [pasted, setPasted] = useState("");
  const [unreadable, setUnreadable] = useState(false);

  function use(event: FormEvent): void {
    event.preventDefault();
    const token = readToken(pasted);
    setUnreadable(token === null);
    if (token === null) return;
    setPasted("");
    onUse(token);
  }

  function forget(): void {
    setPasted("");
    setUnreadable(false);
    onForget();
  }

  return (
    <form className="sign-in" aria-label="Sign in" onSubmit={use}>
      <strong>Okno</strong>
      <label htmlFor="token">Token</label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder={signedIn ? "kept for this tab" : "paste a token"}
        value={pasted}
        aria-invalid={unreadable}
        aria-describedby={unreadable ? "token-problem" : undefined}
        onChange={(event) => setPasted(event.target.value)}
      />
      <button type="submit">Use</button>
      <button type="button" disabled={!signedIn} onClick={forget}>
        Forget
      </button>
      {unreadable && (
        <span id="token-problem" role="alert">
          That cannot be a token: a token has only Latin letters, digits and signs, with no spaces.
        </span>
      )}
    </form>
  );
}
