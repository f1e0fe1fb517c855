// Property tests draw the same examples on every run, so that a red check is red for the next one who runs it. New
// examples are looked for on purpose: MUCODE_PROPERTY_SEED=<whole number> MUCODE_PROPERTY_RUNS=<examples each>.
import fc from "fast-check";

const number = (name: string): number | undefined => {
  const text = process.env[name];
  return text === undefined ? undefined : Number(text);
};
const numRuns = number("MUCODE_PROPERTY_RUNS");

fc.configureGlobal({
  seed: number("MUCODE_PROPERTY_SEED") ?? 20_250_701,
  ...(numRuns !== undefined && { numRuns }),
});
