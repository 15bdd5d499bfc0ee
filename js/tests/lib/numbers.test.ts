import { describe, expect, it } from "vitest";
import { displayStep, formatInterval, formatResult, formatShare, formatVariable, general, plain, significant } from "../../src/lib/numbers";

const real = (low: number, high: number, log = false) => ({ kind: "real", low, high, log });

describe("variables", () => {
  it.each([
    [60, 140, 0.1],
    [0.5, 20, 0.02],
    [0, 1, 0.001],
    [-5, 5, 0.01],
    [0.1, 2.1, 0.002],
    [0, 1e6, 1000],
  ])("a range of %d to %d is shown in steps of %d", (low, high, step) => {
    expect(displayStep(low, high)).toBeCloseTo(step, 12);
  });

  it.each([
    [111, real(60, 140), "111.0"],
    [113.4567, real(60, 140), "113.5"],
    [6.4812, real(1, 10), "6.48"],
    [0.1 + 0.2, real(0, 1), "0.300"],
    [-2.5, real(-5, 5), "−2.50"],
    [0.5, real(0.5, 20, true), "0.50"],
    [2.0666, real(0.5, 20, true), "2.07"],
    [18.66, real(0.5, 20, true), "18.7"],
    [1.2e-5, real(1e-6, 1e-2, true), "1.2 × 10⁻⁵"],
    [12500, { kind: "integer", low: 100, high: 20000 }, "12\u202f500"],
    [-3, { kind: "integer", low: -5, high: 5 }, "−3"],
    [2.5, { kind: "discrete", low: 1, high: 10 }, "2.5"],
    ["B", { kind: "categorical" }, "B"],
  ])("%s in %o reads %s", (value, scale, text) => {
    expect(formatVariable(value, scale)).toBe(text);
  });

  it("nothing is shown for what is missing", () => {
    for (const value of [null, undefined, "", Number.NaN, Number.POSITIVE_INFINITY]) expect(formatVariable(value, real(0, 1))).toBe("");
  });
});

describe("results", () => {
  it("show the place of the first digit of their noise, at most four digits", () => {
    expect(formatResult(82.04, 0.9)).toBe("82.0");
    expect(formatResult(82.04, 3)).toBe("82");
    expect(formatResult(1234.5678, 0.001)).toBe("1235");
    expect(formatResult(0.98765432, 1e-6)).toBe("0.988");
  });

  it("have three digits when the noise is not known", () => {
    expect(formatResult(82.04)).toBe("82.0");
    expect(formatResult(0.30000000000000004)).toBe("0.300");
    expect(formatResult(0)).toBe("0");
    expect(formatResult(Number.NaN)).toBe("");
  });

  it("± has two digits below ten and no more decimals than its mean", () => {
    expect(formatInterval(81.6, 0.714, 0.9)).toEqual({ mean: "81.6", half: "1.4" });
    expect(formatInterval(82.04, 0.02, 0.9)).toEqual({ mean: "82.0", half: "under 0.1" });
    expect(formatInterval(77.6, 12, 3)).toEqual({ mean: "78", half: "24" });
  });
});

describe("writing", () => {
  it("gaps come from 10 000 on, powers outside 10⁻⁴ to 10⁶", () => {
    expect(plain(9999, 0)).toBe("9999");
    expect(plain(10000, 0)).toBe("10\u202f000");
    expect(plain(123456.78, 2)).toBe("123\u202f456.78");
    expect(significant(1_234_567, 3)).toBe("1.23 × 10⁶");
    expect(significant(-0.00002, 3)).toBe("−2 × 10⁻⁵");
    expect(general(0.1 + 0.2)).toBe("0.3");
  });

  it("a rounded zero has no minus", () => {
    expect(plain(-0.04, 1)).toBe("0.0");
  });

  it("shares are whole percent, with words at the ends", () => {
    expect([0, 0.004, 0.9, 0.998, 1].map(formatShare)).toEqual(["0 %", "under 1 %", "90 %", "over 99 %", "100 %"]);
  });
});
