/** By what the form tells the choices of a `oneOf` apart. What is wrong is said by `wrongs` and the server. */
import { type Schema, Validator } from "@cfworker/json-schema";
import type { RJSFSchema, ValidatorType } from "@rjsf/utils";

export const validator: ValidatorType = {
  isValid: (schema: RJSFSchema, value: unknown, root: RJSFSchema) => {
    try {
      const asked = { ...(root.definitions ? { definitions: root.definitions } : {}), ...schema };
      return new Validator(asked as Schema, "7").validate(value).valid;
    } catch {
      return false; // a schema that cannot be read is not the one that a value is of
    }
  },
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  rawValidation: () => ({}),
};

// in the place of the validator that @rjsf/core would take for its tests (vite.config.ts)
export default validator;
