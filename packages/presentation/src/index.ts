export { type JudgedControl, judgedControls } from './judged-controls.ts';
export {
  keyText,
  type PresentedEvidence,
  presentEvidence,
  presentVersion,
  sourceOf,
  titleOf,
} from './present-evidence.ts';
export { whySchema } from './why.ts';
