// What other folders use of the models.
export { balanced, balancedVerifiers } from "./balance.ts";
export { chatVerifier } from "./chat-verifier.ts";
export { classifyVerifier, type VerifierClient } from "./classify.ts";
export { codeOnly } from "./code-only.ts";
export { ContextOverflow } from "./context-overflow.ts";
export { listModels } from "./listing.ts";
export type { Completion, Generator, Sampling, Verifier } from "./model.ts";
export { type GeneratorClient, openAiGenerator, type Usage } from "./openai.ts";
export type { ConnectionOptions, ModelServer } from "./server.ts";
export { type SyntheticOptions, syntheticGenerator, syntheticVerifier } from "./synthetic.ts";
