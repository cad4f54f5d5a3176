import type { InstrumentTerms } from '@bulkhead/shared';

export const isOption = (terms: InstrumentTerms): terms is InstrumentTerms & { readonly kind: 'call' | 'put' } =>
  terms.kind === 'call' || terms.kind === 'put';
