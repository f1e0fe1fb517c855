// Generous limits: tests start real processes on machines that may be busy. What must be fast is measured in bench/.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 300_000,
    maxConcurrency: 3,
    // Files side by side: most of their time is waiting for processes, on two cores too.
    maxWorkers: 2,
    setupFiles: ["test/property-seed.ts"],
    exclude: ["**/node_modules/**", "dist/**"],
  },
});
