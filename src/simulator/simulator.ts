import { fastify } from "fastify";
import type { ArmedFaults } from "./armed.ts";
import type { Ledger } from "./ledger.ts";
import { controlRoutes } from "./routes/control.ts";
import { novitaRoutes } from "./routes/novita.ts";
import type { Settings } from "./settings.ts";
import { Simulation, type SimulationOptions } from "./simulation.ts";

export interface SimulatorOptions extends SimulationOptions {
  host?: string;
  /** 0, the default, takes any free port. */
  port?: number;
}

/** A stand-in for Novita: it sells tasks, keeps books, serves the video, and misbehaves on request. */
export interface Simulator {
  /** Returns the URL. */
  listen(): Promise<string>;
  /** Empty until `listen` has resolved. */
  readonly url: string;
  /** Ends every open connection, hung and slow ones too. */
  close(): Promise<void>;
  readonly ledger: Ledger;
  readonly armed: ArmedFaults;
  readonly settings: Settings;
  /** @throws ZodError for a value out of range; then nothing changes. */
  configure(change: Partial<Settings>): void;
  /** Forgets tasks, faults and changed settings, and rewinds the dice. */
  reset(): void;
}

const LONGEST_BODY = 1_048_576;

export function buildSimulator({
  host = "127.0.0.1",
  port = 0,
  ...options
}: SimulatorOptions = {}): Simulator {
  const simulation = new Simulation(options);
  const closing = new AbortController();
  const app = fastify({ forceCloseConnections: true, bodyLimit: LONGEST_BODY, exposeHeadRoutes: false });
  app.addHook("preClose", async () => closing.abort());
  void app.register(novitaRoutes, { simulation, closing: closing.signal });
  void app.register(controlRoutes, { simulation });
  let url = "";
  return {
    ledger: simulation.ledger,
    armed: simulation.armed,
    listen: async () => (url = await app.listen({ host, port })),
    close: () => app.close(),
    configure: (change) => simulation.configure(change),
    reset: () => simulation.reset(),
    get url() {
      return url;
    },
    get settings() {
      return simulation.settings;
    },
  };
}
