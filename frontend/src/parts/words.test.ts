import { describe, expect, it } from "vitest";

import { compact, count, instant, lasting, many, percent, secondsOf, size } from "./words";

describe("words", () => {
  it("never rounds a share up to all of it", () => {
    expect(percent(0.99999)).toBe("> 99.9 %");
    expect(percent(1)).toBe("100 %");
    expect(percent(0.1234)).toBe("12.3 %");
  });

  it("says how long in the unit that fits", () => {
    expect(lasting(0.0421)).toBe("42 ms");
    expect(lasting(3.456)).toBe("3.5 s");
    expect(lasting(59.9)).toBe("60 s");
    expect(lasting(119.9)).toBe("2 min 0 s");
    expect(lasting(3_700)).toBe("1 h 1 min");
    expect(secondsOf("PT8M2S")).toBe(482);
  });

  it("keeps small numbers whole and shortens large ones", () => {
    expect(compact(9_999)).toBe("9,999");
    expect(compact(1_234_567)).toBe("1.2M");
    expect(count(1_234_567)).toBe("1,234,567");
    expect(size(1536)).toBe("1.5 KiB");
    expect(size(12)).toBe("12 B");
    expect(many(1, "record")).toBe("1 record");
  });

  it("shows an instant where the reader is", () => {
    expect(instant("2026-01-31T23:30:00Z", "Asia/Kolkata")).toBe("1 Feb 2026, 05:00:00");
  });
});
