/** Our metrics, as prom-client makes them: all begin with `onetake_`, and are registered where they are shown. */
import { Counter, Gauge, Histogram } from "prom-client";
import type { Registry } from "prom-client";

export const counter = (registry: Registry, name: string, help: string, labelNames: string[] = []) =>
  new Counter({ name: `onetake_${name}`, help, labelNames, registers: [registry] });

export const gauge = (registry: Registry, name: string, help: string, labelNames: string[] = []) =>
  new Gauge({ name: `onetake_${name}`, help, labelNames, registers: [registry] });

export const histogram = (
  registry: Registry,
  name: string,
  buckets: number[],
  { help, labels }: { help: string; labels: string[] },
) => new Histogram({ name: `onetake_${name}`, help, labelNames: labels, buckets, registers: [registry] });
