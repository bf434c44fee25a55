import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "built",
    // Every page is one more line here: the server knows a page by the name of its HTML file.
    rolldownOptions: {
      input: { graphiql: here("graphiql.html") },
      // "use no memo" of GraphiQL speaks to a compiler that has already run.
      onLog(level, log, report) {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
    // Data addresses would need wider content rules than 'self'; as files they are also cached.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    // GraphiQL's editor is one large library, loaded only after signing in.
    chunkSizeWarningLimit: 6000,
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    proxy: { "/graphql": process.env.OKNO_URL ?? "http://127.0.0.1:8000" },
  },
});
