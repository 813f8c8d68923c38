/** A property that does not hold. */
export class Violation extends Error {
  readonly property: string;

  constructor(property: string, what: string, options?: ErrorOptions) {
    super(what, options);
    this.name = "Violation";
    this.property = property;
  }
}
