// Where the public benchmarks come from: each file with its address, size and digest. Addresses name a commit or a
// release, so that what they serve does not change; the digest decides in any case.
import { didYouMean } from "../core/closest.ts";
import { InputError } from "../core/errors.ts";

export interface DataFile {
  /** Below the data folder, and below a mirror: "mbpp/mbpp.jsonl". */
  path: string;
  /** Size, bytes. */
  bytes: number;
  /** SHA-256, 64 hexadecimal digits. */
  sha256: string;
  /** Its public address. */
  url: string;
  licence: string;
}

/** What `mucode data get NAME` knows by one name. */
export interface DataSet {
  name: string;
  summary: string;
  /** What is downloaded; empty where nothing is. */
  files: readonly DataFile[];
  /** A file that is not downloaded, and how a user makes it. */
  byHand?: { path: string; how: string };
}

const mbppCommit = "4700efb9afa54286b0e04473ba80a13e8461e25f";
const humanEvalCommit = "6d43fb980f9fee3c892a914eda09951f772ad10d";
const octopackCommit = "526627ac7b6b6ec1a2b19a20822fbcf16be35162";

const mbpp: DataFile = {
  path: "mbpp/mbpp.jsonl",
  bytes: 563_743,
  sha256: "ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f",
  url: `https://raw.githubusercontent.com/google-research/google-research/${mbppCommit}/mbpp/mbpp.jsonl`,
  licence: "CC-BY-4.0",
};

const sanitizedMbpp: DataFile = {
  path: "mbpp/sanitized-mbpp.json",
  bytes: 278_372,
  sha256: "8ac32b2799150228e2d745aed09c870b7e4444246d4727d1004576207ef40769",
  url: `https://raw.githubusercontent.com/google-research/google-research/${mbppCommit}/mbpp/sanitized-mbpp.json`,
  licence: "CC-BY-4.0",
};

const mbppPlus: DataFile = {
  path: "mbppplus/MbppPlus-OriginFmt.jsonl.gz",
  bytes: 549_938,
  sha256: "7a5aec547b134fa297ee6c45f829298aa3f58de02547b8d8a5c3d85d9cb10efc",
  url: "https://github.com/evalplus/mbppplus_release/releases/download/v0.2.0/MbppPlus-OriginFmt.jsonl.gz",
  licence: "Apache-2.0",
};

const humanEval: DataFile = {
  path: "humaneval/HumanEval.jsonl.gz",
  bytes: 44_877,
  sha256: "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
  url: `https://raw.githubusercontent.com/openai/human-eval/${humanEvalCommit}/data/HumanEval.jsonl.gz`,
  licence: "MIT",
};

const humanEvalPack: DataFile = {
  path: "humanevalpack/humanevalpack.jsonl",
  bytes: 537_907,
  sha256: "b1376d72be4bd016a62ad043d9de3846edb8d63edf1222da802a31330c14c3a7",
  url: `https://raw.githubusercontent.com/bigcode-project/octopack/${octopackCommit}/evaluation/create/humaneval-x/data/python/data/humanevalpack.jsonl`,
  licence: "MIT",
};

const humanEvalPlus: DataFile = {
  path: "humanevalplus/HumanEvalPlus-OriginFmt.jsonl.gz",
  bytes: 1_350_689,
  sha256: "daa7661c8189924068069b0872a440b491edb60f8bdf431d5957adc88d18bae5",
  url: "https://github.com/evalplus/humanevalplus_release/releases/download/v0.1.10/HumanEvalPlus-OriginFmt.jsonl.gz",
  licence: "Apache-2.0",
};

/** Every name, in the order in which `mucode data list` shows them. */
export const dataSets: readonly DataSet[] = [
  { name: "pocket", summary: "comes with mucode: nothing to download", files: [] },
  { name: "mbpp", summary: "MBPP, 974 problems", files: [mbpp] },
  { name: "mbpp-sanitized", summary: "MBPP, the 427 problems verified by hand", files: [sanitizedMbpp] },
  {
    name: "mbpp-plus",
    summary: "MBPP+ v0.2.0 (378 problems), and MBPP for its splits",
    files: [mbppPlus, mbpp],
  },
  {
    name: "humaneval",
    summary: "HumanEval (164 problems), and HumanEvalPack for the split of its tests",
    files: [humanEval, humanEvalPack],
  },
  { name: "humanevalpack", summary: "HumanEvalPack, its 164 Python problems", files: [humanEvalPack] },
  {
    name: "humaneval-plus",
    summary: "HumanEval+ v0.1.10 (164 problems), and HumanEvalPack for the split of its tests",
    files: [humanEvalPlus, humanEvalPack],
  },
  {
    name: "codecontests",
    summary: "CodeContests, the 165 problems of its test split: not downloaded yet",
    files: [],
    byHand: {
      path: "codecontests/test165.jsonl",
      how: "not downloaded yet: docs/reference/data.md has the ten lines of Python that make it from its public data set",
    },
  },
  {
    name: "codecontests-fusion",
    summary: "CodeContests, SandboxFusion's 20 problems: for a file that you have",
    files: [],
    byHand: {
      path: "codecontests/sandboxfusion20.jsonl",
      how: "not downloaded: docs/reference/codecontests.md says what such a file holds",
    },
  },
];

/** Stands for every name in `mucode data get`. */
export const allSets = "all";

/**
 * The sets of names that a user gave, each once, in the table's order.
 * @throws InputError for a name that is not in the table.
 */
export function setsNamed(names: readonly string[], table: readonly DataSet[] = dataSets): DataSet[] {
  const known = table.map(({ name }) => name);
  const unknown = names.find((name) => name !== allSets && !known.includes(name));
  if (unknown !== undefined)
    throw new InputError(
      "mucode data",
      `there is no benchmark "${unknown}"; expected ${[...known, allSets].join(", ")}${didYouMean(unknown, known)}`,
    );
  return table.filter(({ name }) => names.includes(allSets) || names.includes(name));
}

/** What is said of a file that is not there: of a benchmark's, how to get it. */
export function absence(file: string): string {
  const path = file.replaceAll("\\", "/");
  const lies = (below: string) => path === below || path.endsWith(`/${below}`);
  const set = dataSets.find(({ files, byHand }) =>
    [...files.map((one) => one.path), ...(byHand ? [byHand.path] : [])].some(lies),
  );
  if (!set) return "is not there";
  const how = set.byHand ? set.byHand.how : `"mucode data get ${set.name}" fetches it`;
  return `is not there: ${how}; or name its folder with --data or MUCODE_DATA`;
}

/** The files that sets share are named once. */
export function filesOf(sets: readonly DataSet[]): DataFile[] {
  return [...new Set(sets.flatMap(({ files }) => files))];
}
