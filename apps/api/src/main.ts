// Code that an earlier start on this machine has compiled is taken as it is; what is imported here, before that is said, would not be.
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('./service.ts');
