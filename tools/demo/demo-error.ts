/** The demo cannot go on; the message tells a person what failed and, where it is known, what to do. */
export class DemoError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DemoError";
  }
}
