export { type Answer, fail, notApplicable, pass, type Status, unknown } from './answer.ts';
export { controls, controlsFor, controlsOf, isOf, requirements, scoredControls } from './catalog.ts';
export {
  type Control,
  defineControl,
  type Framework,
  frameworks,
  type Requirement,
  type Severity,
} from './control.ts';
export { isProven } from './judge/freshness.ts';
export type { Finding, JudgedRow, JudgementInput, OpenGap, SliceProof } from './judge/input.ts';
export { judge } from './judge/judge.ts';
export { doubts, staleSlices } from './judge/judge-every.ts';
export { type Example, type Standing, type TypeSlices, type Verdict, verdictOf, type Why } from './judge/verdict.ts';
export {
  type Combination,
  type Examined,
  every,
  joined,
  type NamePart,
  type Question,
  some,
  type Test,
} from './quantifiers.ts';
export { type Relation, type RelationName, type Relations, relations } from './relations.ts';
export type { StoredFields } from './stored-row.ts';
