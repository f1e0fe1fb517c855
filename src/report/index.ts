// The report: a run's results as a table on the terminal and as one HTML file.
export type {
  ReportInput,
  ReportProblem,
  ReportRollout,
  ReportTarget,
  ReportTurn,
} from "./input.ts";
export { renderReport } from "./page.ts";
export { renderTable } from "./table.ts";
