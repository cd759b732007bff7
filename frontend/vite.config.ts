import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const atlas = process.env.ATLAS_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("./src", import.meta.url)),
      // @rjsf/core names it for its own tests; it would need eval, which the page may not do
      "@rjsf/validator-ajv8": fileURLToPath(
        new URL("./src/parts/spec/validator.ts", import.meta.url),
      ),
    },
  },
  build: {
    target: "es2022",
    sourcemap: false,
    // graphs, forms and charts are loaded by the pages that draw them
    chunkSizeWarningLimit: 1600,
  },
  server: {
    proxy: Object.fromEntries(
      ["/v1", "/api", "/health", "/docs", "/openapi.json", "/welcome"].map((path) => [path, atlas]),
    ),
  },
  test: {
    // a test that draws says so itself: a document for each of them takes longer than all tests
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}"],
    // else the alias above would not hold within it
    server: { deps: { inline: [/@rjsf/] } },
  },
});
