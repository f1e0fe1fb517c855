// The public benchmarks' own solutions with their own tests, as published: what `mucode data check` grades. They say
// whether the grader is right, and which problems nobody can solve within a time.
import type { FunctionTests } from "../core/problem.ts";
import {
  type HumanEvalRecord,
  humanEvalFiles,
  numberOf,
  officialTests,
  ownExamples,
  readHumanEval,
  readHumanEvalPlus,
  readPack,
} from "./humaneval.ts";
import { mbppFiles, readMbpp, readMbppPlus, readSanitized, type SanitizedRecord } from "./mbpp.ts";
import type { Located } from "./records.ts";

export interface ReferenceJob {
  id: string;
  program: string;
  tests: FunctionTests;
}

export interface ReferenceSet {
  name: string;
  jobs: ReferenceJob[];
  /** How many records the published file has that count here. Fewer mean a file that was cut at the end of a line. */
  published: number;
  /** Whether the programs are right, so that they must pass, or wrong, so that none may. */
  right: boolean;
  /** Why a right program may fail: by id. */
  known: ReadonlyMap<string, KnownFailure>;
}

export interface KnownFailure {
  /** "slow" and "large" ones pass with larger limits; "broken" tests fail for every program. */
  kind: "slow" | "large" | "broken";
  why: string;
}

interface Source {
  name: string;
  /** The benchmark whose tasks come from the same file. */
  benchmark: string;
  file: string;
  published: number;
  right?: boolean;
  known?: [string, KnownFailure][];
  jobs: (folder: string) => Promise<ReferenceJob[]>;
}

const slow = (why: string): KnownFailure => ({ kind: "slow", why });

const trialDivision = slow("sums amicable numbers by trial division");

const sources: readonly Source[] = [
  {
    name: "mbpp",
    benchmark: "mbpp",
    file: mbppFiles.mbpp,
    published: 974,
    known: [["123", trialDivision]],
    jobs: async (folder) =>
      jobsOf(await readMbpp(folder), ({ code, test_list, test_setup_code }) => ({
        program: code,
        tests: { style: "function", asserts: test_list, setup: test_setup_code },
      })),
  },
  {
    name: "mbpp-challenge",
    benchmark: "mbpp",
    file: mbppFiles.mbpp,
    published: 11,
    jobs: async (folder) =>
      jobsOf(
        (await readMbpp(folder)).filter(({ record }) => record.challenge_test_list.length > 0),
        ({ code, challenge_test_list }) => ({
          program: code,
          tests: { style: "function", asserts: challenge_test_list },
        }),
      ),
  },
  {
    name: "mbpp-sanitized",
    benchmark: "mbpp-sanitized",
    file: mbppFiles.sanitized,
    published: 427,
    known: [["123", trialDivision]],
    jobs: async (folder) =>
      jobsOf(await readSanitized(folder), (record) => ({
        program: withImports(record),
        tests: { style: "function", asserts: record.test_list },
      })),
  },
  {
    name: "humaneval",
    benchmark: "humaneval",
    file: humanEvalFiles.humaneval,
    published: 164,
    jobs: async (folder) => jobsOf(await readHumanEval(folder), (record) => whole(record)),
  },
  {
    name: "humanevalpack",
    benchmark: "humaneval",
    file: humanEvalFiles.pack,
    published: 164,
    jobs: async (folder) => jobsOf(await readPack(folder), (record) => whole(record)),
  },
  {
    name: "humanevalpack-examples",
    benchmark: "humaneval",
    file: humanEvalFiles.pack,
    published: 164,
    jobs: async (folder) =>
      jobsOf(await readPack(folder), (record) => {
        if (record.example_test.trim() !== "") return whole({ ...record, test: record.example_test });
        // Six are empty, and an empty test proves nothing: the example that stands in is judged.
        const { program, tests } = whole(record);
        const own = ownExamples.get(numberOf(record));
        return own ? { program, tests: { style: "function", asserts: [own.assert] } } : { program, tests };
      }),
  },
  {
    name: "humanevalpack-buggy",
    benchmark: "humaneval",
    file: humanEvalFiles.pack,
    published: 164,
    right: false,
    jobs: async (folder) =>
      jobsOf(await readPack(folder), (record) =>
        whole({ ...record, canonical_solution: record.buggy_solution }),
      ),
  },
  {
    name: "humaneval-plus",
    benchmark: "humaneval-plus",
    file: humanEvalFiles.plus,
    published: 164,
    known: [
      ["HumanEval/15", slow("its inputs go to a million")],
      ["HumanEval/139", slow("multiplies very large numbers")],
      ["HumanEval/32", { kind: "broken", why: "the published test raises a TypeError for every program" }],
    ],
    jobs: async (folder) => jobsOf(await readHumanEvalPlus(folder), (record) => whole(record)),
  },
  {
    name: "mbpp-plus",
    benchmark: "mbpp-plus",
    file: mbppFiles.plus,
    published: 378,
    known: [
      ["255", { kind: "large", why: "one result has 128 million items, more than can cross to the judge" }],
      ["392", slow("its inputs go to tens of millions")],
      ["599", slow("sums ranges of up to a billion numbers")],
    ],
    jobs: async (folder) =>
      jobsOf(await readMbppPlus(folder), (record) => ({
        program: withImports(record),
        tests: { style: "function", asserts: [], code: record.test },
      })),
  },
];

/** The names that choose sets: those of the sets, and those of benchmarks, which choose all sets of theirs. */
export const referenceNames: readonly string[] = [
  ...new Set(sources.flatMap(({ name, benchmark }) => [name, benchmark])),
];

/** Which sets the names choose, in the order of the list above; all for none. Each is read when it is asked for. */
export function chooseReferenceSets(
  names: readonly string[],
): { name: string; file: string; read: (folder: string) => Promise<ReferenceSet> }[] {
  return sources
    .filter(({ name, benchmark }) => names.length === 0 || names.includes(name) || names.includes(benchmark))
    .map(({ name, file, published, right = true, known = [], jobs }) => ({
      name,
      file,
      read: async (folder) => ({
        name,
        jobs: await jobs(folder),
        published,
        right,
        known: new Map(known),
      }),
    }));
}

function jobsOf<T extends { task_id: string | number }>(
  records: Located<T>[],
  job: (record: T) => Omit<ReferenceJob, "id">,
): ReferenceJob[] {
  return records.map(({ record }) => ({ id: String(record.task_id), ...job(record) }));
}

const whole = (record: HumanEvalRecord): Omit<ReferenceJob, "id"> => ({
  program: record.prompt + record.canonical_solution,
  tests: officialTests(record),
});

const withImports = ({ test_imports, code }: SanitizedRecord) => [...test_imports, code].join("\n");
