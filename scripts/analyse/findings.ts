export interface Finding {
  readonly detector: string;
  readonly impact: string;
  /** `Contract.function`, `Contract.variable` or `Contract`: what it is about first. `*` for a finding about all files. */
  readonly place: string;
  readonly text: string;
}

/** As slither writes it: each element names what it stands in. */
interface Element {
  readonly type: string;
  readonly name: string;
  readonly type_specific_fields?: { readonly parent?: Element };
}

interface Report {
  readonly success: boolean;
  readonly results: {
    readonly detectors?: readonly {
      readonly check: string;
      readonly impact: string;
      readonly description: string;
      readonly elements: readonly Element[];
    }[];
  };
}

function placeOf(element: Element | undefined): string {
  if (element === undefined || element.type === 'pragma') return '*';
  const names: string[] = [];
  for (let at: Element | undefined = element; at !== undefined; at = at.type_specific_fields?.parent) {
    // A statement or a local variable: its function says where.
    const inner =
      at.type === 'node' || (at.type === 'variable' && at.type_specific_fields?.parent?.type === 'function');
    if (!inner && at.type !== 'file') names.unshift(at.name);
  }
  return names.join('.');
}

/** @throws SyntaxError, or Error when slither gave up. */
export function findingsIn(json: string): readonly Finding[] {
  const { success, results }: Report = JSON.parse(json);
  if (!success) throw new Error('slither reported no success');
  return (results.detectors ?? []).map(({ check, impact, description, elements }) => ({
    detector: check,
    impact,
    place: placeOf(elements[0]),
    text: description.trim(),
  }));
}
