import { z } from 'zod';

/** Every shape that the API answers with, by the name that it has in the description (`#/components/schemas/…`). */
export const resources = z.registry<{ id: string }>();
