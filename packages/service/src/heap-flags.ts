/**
 * Node's arguments for every process of the fleet: with a small heap V8 collects garbage early, so that memory follows what is held and not how
 * much went through. The image sets the same by NODE_OPTIONS.
 */
export const heapFlags: readonly string[] = ['--max-old-space-size=384', '--max-semi-space-size=4'];
