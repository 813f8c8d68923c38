import { z } from "zod";

/**
 * An object as it is stored. Fields that this version does not know are another's, and are kept: what is read is written
 * back with them, so that a newer version may add fields while older processes still run. The type does not tell of them,
 * since nothing here has any business with them.
 */
export const stored = <Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> => z.looseObject(shape);
