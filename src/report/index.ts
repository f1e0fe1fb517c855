// The report: a run's results as a table on the terminal and as one HTML file.
export { type ComparisonInput, type ComparisonSide, renderComparison } from "./comparison.ts";
export { type EvaluationTable, renderEvaluation } from "./evaluation-table.ts";
export type {
  ReportInput,
  ReportProblem,
  ReportRollout,
  ReportTarget,
  ReportTurn,
} from "./input.ts";
export { renderReport } from "./page.ts";
export { renderRecoverability } from "./recoverability-table.ts";
export { figureSvg } from "./study/figure.ts";
export type {
  ShownContrast,
  ShownCost,
  ShownFigure,
  ShownStudy,
  ShownTable,
  Unit,
} from "./study/input.ts";
export { studyMarkdown } from "./study/markdown.ts";
export { studyPage } from "./study/page.ts";
export { renderTable } from "./table.ts";
