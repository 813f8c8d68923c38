import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ROOT } from "./run.ts";

const Place = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });

const Panel = z.looseObject({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().default(""),
  gridPos: Place,
  datasource: z.object({ type: z.string(), uid: z.string() }).optional(),
  fieldConfig: z.looseObject({ defaults: z.looseObject({ unit: z.string().optional() }) }).optional(),
  targets: z.array(z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string() })).default([]),
});
export type Panel = z.infer<typeof Panel>;

const Dashboard = z.looseObject({
  uid: z.string(),
  panels: z.array(Panel),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
});

export const readDashboard = async (): Promise<z.infer<typeof Dashboard>> =>
  Dashboard.parse(JSON.parse(await readFile(join(ROOT, "deploy/grafana/dashboards/onetake.json"), "utf8")));

/** Those that show something, without the headings. */
export const readPanels = async (): Promise<Panel[]> =>
  (await readDashboard()).panels.filter(({ type }) => type !== "row");
