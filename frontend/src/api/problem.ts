/** What the API answers when it does not do what it was asked (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
  readonly errors: { pointer?: string; detail?: string }[];

  constructor(status: number, body: Record<string, unknown>) {
    const title = text(body.title) ?? `The API answered ${status}`;
    const detail = text(body.detail) ?? "";
    super(detail || title);
    this.name = "Problem";
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.hint = text(body.hint);
    this.requestId = text(body.requestId);
    this.errors = Array.isArray(body.errors) ? (body.errors as Problem["errors"]) : [];
  }

  static async of(response: Response): Promise<Problem> {
    const said = await response.text();
    try {
      return new Problem(response.status, JSON.parse(said) as Record<string, unknown>);
    } catch {
      return new Problem(response.status, { detail: said.slice(0, 300) });
    }
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
