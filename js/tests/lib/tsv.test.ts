import { describe, expect, it } from "vitest";
import { formatTsv, parseTsv } from "../../src/lib/tsv";

describe("blocks from and to spreadsheets", () => {
  it.each([
    [[["1", "2"], ["3", "4"]]],
    [[["with\ttab", "with \"quotes\"", "two\nlines", "Windows\r\nlines"]]],
    [[["", "x"], ["", ""]]],
    [[["a", ""], ["b", ""]]],
    [[["=1+1", "ä µ ·", "“”"]]],
    [[["\"", "\"\""]]],
  ])("come back as they went: %j", (rows) => {
    expect(parseTsv(formatTsv(rows))).toEqual(rows);
  });

  it("CRLF, LF and CR end lines; the break at the end is no row", () => {
    const rows = [["1", "2"], ["3", "4"]];
    for (const end of ["\r\n", "\n", "\r"]) {
      expect(parseTsv(`1\t2${end}3\t4`)).toEqual(rows);
      expect(parseTsv(`1\t2${end}3\t4${end}`)).toEqual(rows);
    }
  });

  it("a quote inside a cell is a letter", () => {
    expect(parseTsv('5" pipe\tB')).toEqual([['5" pipe', "B"]]);
  });

  it("a quote that never closes takes the rest, and ends", () => {
    expect(parseTsv('"abc\tdef')).toEqual([["abc\tdef"]]);
  });

  it("nothing is no row", () => {
    expect(parseTsv("")).toEqual([]);
  });
});
