export { QueueUnavailableError } from './ask-redis.ts';
export { type Payload, PayloadError, parsePayload, type QueueName, queueNames, syncJobId } from './catalogue.ts';
export { type ConnectionOptions, connectFailingFast, connectPatiently, type QueueLog } from './connection.ts';
export { type Consumer, type ConsumerOptions, createConsumer } from './consumer.ts';
export {
  createProducer,
  type Producer,
  type ProducerOptions,
  type SyncRing,
} from './producer.ts';
export type { QueueDepth } from './queue-depth.ts';
export {
  type ConnectedWorker,
  createQueueReader,
  type QueueReader,
  type QueueReaderOptions,
  type QueueState,
  type TakenJob,
} from './queue-reader.ts';
