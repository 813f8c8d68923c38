import { type RedisLaunch, type RunningRedis, toArguments, waitForRedis } from "./redis-process.ts";

const IMAGE = "redis:8-alpine";
const REDIS_PORT = 6379;

/** Whether a Docker engine answers; without one this takes a few milliseconds. */
export async function canRunContainers(): Promise<boolean> {
  const { getContainerRuntimeClient } = await loadTestcontainers();
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}

/** Testcontainers' reaper removes the container when this process dies without stopping it. */
export async function startRedisContainer(launch: RedisLaunch): Promise<RunningRedis> {
  const { dir, port, settings, from } = launch;
  const { GenericContainer, getContainerRuntimeClient } = await loadTestcontainers();
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts({ container: REDIS_PORT, host: port })
    .withBindMounts([{ source: dir, target: "/data" }])
    .withCommand(["redis-server", "--dir", "/data", ...toArguments(settings)])
    .start();
  const problem = await waitForRedis(port);
  if (problem !== undefined) {
    await container.stop();
    throw new Error(`Redis in a container did not start: ${problem}`);
  }
  const { container: runtime } = await getContainerRuntimeClient();
  const handle = runtime.getById(container.getId());
  const { State: state } = await handle.inspect();
  return {
    url: `redis://${container.getHost()}:${port}`,
    port,
    pid: state.Pid,
    from,
    stop: async () => void (await container.stop()),
    kill: async (signal) => void (await handle.kill({ signal })),
  };
}

/** Half a second to load, so only when it comes to that. */
function loadTestcontainers() {
  return import("testcontainers");
}
