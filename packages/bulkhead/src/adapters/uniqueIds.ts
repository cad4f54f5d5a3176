import { randomUUID } from 'node:crypto';
import type { Ids } from '@bulkhead/shared/ports';

/** Names that no other process and no later run gives out. */
export const uniqueIds = (): Ids => Object.freeze({ next: (prefix: string) => `${prefix}-${randomUUID()}` });
