import { defineConfig } from 'prisma/config';

/** `prisma generate` reads the schema only; migrations are applied by packages/db with Prisma's own engine (docs/decisions/). */
export default defineConfig({ schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations' } });
