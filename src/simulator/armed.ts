import { readScript, type Channel, type DirectiveOf, type Script } from "./faults.ts";

interface Armed {
  order: string;
  script: Script;
  probability: number;
  /** How many more occurrences it hits; null = all until cleared. */
  left: number | null;
}

export interface ArmOptions {
  /** How many occurrences it hits; by default the order's own xN, or all until cleared. */
  times?: number | undefined;
  /** Of each occurrence, 0..1; drawn from the seed. Only hits are counted down. */
  probability?: number;
}

/** Faults ordered for whoever comes next, not for one prompt. An order in a prompt goes before them. */
export class ArmedFaults {
  readonly #random: () => number;
  #armed: Armed[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** `order` is a marker's inside, such as `poll=404x2`. @throws FaultError */
  arm(order: string, { times, probability = 1 }: ArmOptions = {}): void {
    const script = readScript([order]);
    this.#armed.push({ order, script, probability, left: times ?? ownTimes(script) });
  }

  /** The fault that hits this occurrence, if any: the first armed whose dice fall so. */
  take<C extends Channel>(channel: C): DirectiveOf<C> | undefined {
    const hit = this.#armed.find(
      ({ script, left, probability }) =>
        script[channel].length > 0 && left !== 0 && this.#random() < probability,
    );
    if (hit?.left) hit.left -= 1;
    return hit?.script[channel][0];
  }

  clear(): void {
    this.#armed = [];
  }

  list(): Pick<Armed, "order" | "probability" | "left">[] {
    return this.#armed.map(({ order, probability, left }) => ({ order, probability, left }));
  }
}

/** The xN of an end counts the looks that its task spoils, not the tasks that it hits. */
function ownTimes({ end: _end, ...script }: Script): number | null {
  return Object.values(script).flat()[0]?.times ?? null;
}
