export { backoff } from './backoff.ts';
export { collectSecrets } from './collect-secrets.ts';
export { EnvError, type EnvProblem, loadEnv, parseEnv } from './env.ts';
export { type Check, createHealthServer, type HealthServer, type HealthServerOptions } from './health-server.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
export { createMetrics, type MetricOptions, type Metrics } from './metrics.ts';
export { type Running, runService, type ServiceOptions } from './run-service.ts';
export { createScrubber, type Scrubber } from './scrubber.ts';
export { sleep } from './sleep.ts';
