import { parentPort, workerData } from 'node:worker_threads';
import { type LaneOptions, playLane } from './lane.ts';

/** One thread of the proof: its lanes side by side, since they mostly wait for the database. */
const lanes = workerData as readonly LaneOptions[]; // given by play-lanes.ts
parentPort?.postMessage(await Promise.all(lanes.map(playLane)));
