/** Whether a host, as URLs write it, is this machine itself. */
export const isLoopbackHost = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);

/** The same of the address at a socket's other end, where IPv4 may come as ::ffff:a.b.c.d. */
export const isLoopbackAddress = (address: string): boolean =>
  address === "::1" || isLoopbackHost(address.replace(/^::ffff:/, ""));
