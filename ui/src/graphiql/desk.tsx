import { explorerPlugin } from "@graphiql/plugin-explorer";
import { useMonaco } from "@graphiql/react";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { Kind, OperationTypeNode, getOperationAST, parse, type DocumentNode } from "graphql";
import { useEffect, useMemo } from "react";

import "graphiql/setup-workers/vite";

// Not graphiql/style.css: it holds the editor's styles a second time and its fonts inside the style sheet.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/plugin-explorer/style.css";
import "graphiql/graphiql.css";
import "./desk.css";

import { TokenRefused, ask } from "../session/ask";
import { followed, follower } from "../session/follow";
import { FIRST_QUERY } from "./first-query";

type Fetcher = Parameters<typeof GraphiQL>[0]["fetcher"];
type Question = Parameters<Fetcher>[0];

interface Props {
  token: string;
  onRefused: (token: string) => void;
}

// When the desk is put away, the code editor rejects what its workers had not finished with an error of this name.
addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof Error && event.reason.name === "Canceled") event.preventDefault();
});

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

/** The GraphiQL of one signed-in person: its schema is asked for with their token. */
export default function Desk({ token, onRefused }: Props) {
  const client = useMemo(() => follower(token), [token]);
  useEffect(() => () => void client.dispose(), [client]);
  const fetcher = useMemo<Fetcher>(
    () => async (asked, options) => {
      const { question, operation } = read(asked);
      if (operation === OperationTypeNode.SUBSCRIPTION) {
        return followed(client.iterate(question), () => onRefused(token));
      }
      try {
        return await ask(token, question, { headers: options?.headers as Record<string, string> | undefined });
      } catch (failure) {
        if (failure instanceof TokenRefused) onRefused(token);
        throw failure;
      }
    },
    [token, client, onRefused],
  );
  useEditorThemeOfSystem();
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={PLUGINS}
      defaultQuery={FIRST_QUERY}
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>
        <span className="logo">GraphiQL</span>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

/**
 * What the text says that is sent now. What GraphiQL itself knows of it, it has read a moment ago: whoever pastes and runs
 * at once would have a subscription asked for like a query, or an operation of the text before.
 */
function read(asked: Question): { question: Question; operation: OperationTypeNode | undefined } {
  let document: DocumentNode;
  try {
    document = parse(asked.query);
  } catch {
    return { question: asked, operation: undefined }; // the gateway says what is wrong with it
  }
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const only = operations.length === 1 ? operations[0] : undefined;
  if (only) return { question: { ...asked, operationName: only.name?.value ?? null }, operation: only.operation };
  return { question: asked, operation: getOperationAST(document, asked.operationName)?.operation };
}

/** Styles follow the system by themselves; the code editor has to be told when day turns into night. */
function useEditorThemeOfSystem(): void {
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const follow = (): void => {
      const chosen = document.body.className.includes("graphiql-");
      if (!chosen) monaco?.editor.setTheme(dark.matches ? "graphiql-DARK" : "graphiql-LIGHT");
    };
    dark.addEventListener("change", follow);
    return () => dark.removeEventListener("change", follow);
  }, [monaco]);
}
