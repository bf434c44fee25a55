import { Suspense, lazy } from "react";

import { SignInBar } from "../session/sign-in";
import { type Session, useSession } from "../session/standing";

// The editor is some megabytes: it comes only once there is somebody to use it.
const Desk = lazy(() => import("./desk"));

const HOW = <code>okno token analyst</code>;

/** GraphiQL behind a sign-in bar. */
export function Page() {
  const session = useSession();
  return (
    <>
      <SignInBar
        signedIn={session.standing.kind !== "out"}
        onUse={session.use}
        onForget={session.forget}
      />
      <main>
        <Suspense fallback={<p className="say">Loading the editor…</p>}>
          <Body session={session} />
        </Suspense>
      </main>
    </>
  );
}

function Body({ session }: { session: Session }) {
  const { standing } = session;
  switch (standing.kind) {
    case "out":
      return (
        <p className="say">
          You are not signed in: run {HOW} where the gateway runs, paste the token it prints into the box above and
          press Use.
        </p>
      );
    case "asking":
      return <p className="say">Asking the gateway who you are…</p>;
    case "refused":
      return (
        <p className="say problem" role="alert">
          The gateway did not accept this token (401): it is mistyped, has ended or was withdrawn. Get a new one with{" "}
          {HOW}, paste it above and press Use.
        </p>
      );
    case "no answer":
      return (
        <div className="say problem" role="alert">
          <p>{standing.why}</p>
          <button type="button" onClick={() => session.use(standing.token)}>
            Try again
          </button>
        </div>
      );
    case "in":
      return <Desk key={standing.token} token={standing.token} onRefused={session.refused} />;
  }
}
