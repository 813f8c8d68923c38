import { z } from "zod";

const Names = z.record(z.string(), z.string()).default({});
const LockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      resolved: z.string().optional(),
      dependencies: Names,
      devDependencies: Names,
      optionalDependencies: Names,
    }),
  ),
});

/** What would make `npm ci` fail, or make it ask one particular registry, on another machine than this one. */
export function findLockFaults(json: string): string[] {
  const { packages } = LockFile.parse(JSON.parse(json));
  return Object.entries(packages).flatMap(([path, entry]) => {
    const needed = Object.keys({
      ...entry.dependencies,
      ...entry.devDependencies,
      ...entry.optionalDependencies,
    });
    const missing = needed.filter((name) => !isFound(packages, path, name));
    return [
      ...missing.map((name) => `${path || "package.json"} needs ${name}, which is missing`),
      ...(entry.resolved === undefined ? [] : [`${path} names its download address, ${entry.resolved}`]),
    ];
  });
}

/** As Node looks a package up: beside its user, then in each folder above. */
function isFound(packages: Record<string, unknown>, path: string, name: string): boolean {
  if (`${path === "" ? "" : `${path}/`}node_modules/${name}` in packages) return true;
  return (
    path !== "" && isFound(packages, path.slice(0, Math.max(0, path.lastIndexOf("node_modules/") - 1)), name)
  );
}
