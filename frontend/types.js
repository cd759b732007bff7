/** Writes src/api/schema.d.ts, the types of the API's document. */
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

/**
 * The API takes members that it does not name, as Airbyte's does. The dashboard sends none and reads none:
 * typed like that, any misspelt member would be right.
 */
const withNamedAlone = (_, schema) =>
  schema?.properties && schema.additionalProperties === true
    ? { ...schema, additionalProperties: undefined }
    : schema;

const text = readFileSync(new URL("../docs/openapi.json", import.meta.url), "utf8");
const types = await openapiTS(JSON.parse(text, withNamedAlone), {
  // a member with a default may be left out of a body
  defaultNonNullable: false,
});
writeFileSync(new URL("src/api/schema.d.ts", import.meta.url), COMMENT_HEADER + astToString(types));
