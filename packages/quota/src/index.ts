export { type Budget, budgetOf, type QuotaLimit } from './budget.ts';
export {
  createQuota,
  type QuotaOptions,
  type QuotaReport,
  type QuotaTurn,
  QuotaUnavailableError,
  type QuotaUsage,
  type RedisQuota,
} from './quota.ts';
