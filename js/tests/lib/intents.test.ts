import { describe, expect, it, vi } from "vitest";
import { bindIntents, IntentError, isAside } from "../../src/lib/intents";
import { TestModel } from "../../src/lib/test-model";
import { bindTraits, COMMON } from "../../src/lib/traits";

describe("intents", () => {
  it("carry name, arguments and the revision they were made on, and resolve with the answer", async () => {
    const model = new TestModel({ revision: 12 });
    const { ask, waiting } = bindIntents(model.asModel());
    const answer = ask("edit", { cells: [] });
    expect(model.sent[0]).toMatchObject({ intent: "edit", args: { cells: [] }, revision: 12 });
    expect(waiting.value).toBe(1);
    model.reply({ rows: [3] });
    expect(await answer).toEqual({ rows: [3] });
    expect(waiting.value).toBe(0);
  });

  it("are refused with the sentence and its place", async () => {
    const model = new TestModel({});
    const { ask } = bindIntents(model.asModel());
    const answer = ask("edit");
    model.refuse('Temperature "1o5" is not a number.', { row: 27, column: "in:Temperature" });
    const error = await answer.catch((reason: unknown) => reason as IntentError);
    expect(error).toBeInstanceOf(IntentError);
    expect(error).toMatchObject({ message: 'Temperature "1o5" is not a number.', row: 27, column: "in:Temperature", field: null });
  });

  it("say what the page showed, now or when its user began", () => {
    const model = new TestModel({ revision: 12, seen: "0.12" });
    const { ask } = bindIntents(model.asModel());
    void ask("edit");
    void ask("edit", {}, "0.7");
    expect(model.sent.map((sent) => sent.seen)).toEqual(["0.12", "0.7"]);
  });

  it("tell apart what others were quicker with", async () => {
    const model = new TestModel({});
    const { ask } = bindIntents(model.asModel());
    const asked = [ask("edit"), ask("edit")].map((answer) => answer.catch(isAside));
    model.refuse("Noor was quicker.", { aside: 3 }, model.sent[0]!.id);
    model.refuse("Not a number.", {}, model.sent[1]!.id);
    expect(await Promise.all(asked)).toEqual([true, false]);
  });

  it("are told when nobody will answer any more", async () => {
    const { ask, giveUp, waiting } = bindIntents(new TestModel({}).asModel());
    const answer = ask("edit");
    giveUp();
    expect(await answer.catch((reason: unknown) => (reason as Error).message)).toContain("The kernel stopped");
    expect(waiting.value).toBe(0);
  });

  it("may be answered in another order than asked", async () => {
    const model = new TestModel({});
    const { ask, waiting } = bindIntents(model.asModel());
    const both = Promise.all([ask("one"), ask("two")]);
    model.reply({ n: 2 }, model.sent[1]!.id);
    expect(waiting.value).toBe(1);
    model.reply({ n: 1 }, model.sent[0]!.id);
    expect(await both).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it("are answered beside what they have changed", async () => {
    const model = new TestModel({ revision: 1, reply: { reply: "of before", ok: true, result: {} } });
    const one = bindIntents(model.asModel());
    const two = bindIntents(model.asModel());
    const answer = one.ask("edit");
    void two.ask("edit").catch(() => {});
    model.fromKernel("reply", { reply: model.sent[0]!.id, ok: true, result: { rows: [3] } });
    expect(await answer).toEqual({ rows: [3] });
    expect([one.waiting.value, two.waiting.value]).toEqual([0, 1]);
    const before = model.listenerCount;
    one.dispose();
    two.dispose();
    expect(model.listenerCount).toBe(before - 4);
  });

  it("leave the answers of other views alone", () => {
    const model = new TestModel({});
    const one = bindIntents(model.asModel());
    const two = bindIntents(model.asModel());
    void one.ask("edit");
    expect([one.waiting.value, two.waiting.value]).toEqual([1, 0]);
    model.reply({});
    model.reply({}, "of nobody");
    expect([one.waiting.value, two.waiting.value]).toEqual([0, 0]);
  });

  it("never have the same id twice", () => {
    const model = new TestModel({});
    const { ask } = bindIntents(model.asModel());
    for (let at = 0; at < 500; at += 1) void ask("edit");
    expect(new Set(model.sent.map((message) => message.id)).size).toBe(500);
  });

  it("events of the kernel reach who listens, until it stops", () => {
    const model = new TestModel({});
    const { onEvent } = bindIntents(model.asModel());
    const heard = vi.fn();
    const stop = onEvent(heard);
    model.push({ event: "patch", revision: 2 });
    expect(heard).toHaveBeenCalledWith({ event: "patch", revision: 2 }, []);
    stop();
    model.push({ event: "patch", revision: 3 });
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("that wait when the view closes are told so, and nothing stays behind", async () => {
    const model = new TestModel({});
    const { ask, dispose } = bindIntents(model.asModel());
    const answer = ask("edit");
    dispose();
    await expect(answer).rejects.toThrow("This view was closed before the answer came.");
    expect(model.listenerCount).toBe(0);
  });
});

describe("traits", () => {
  it("are signals that follow the kernel and are never written back", () => {
    const model = new TestModel({ revision: 1 });
    const { traits, dispose } = bindTraits(model.asModel(), { ...COMMON, best_row: 0 });
    expect([traits.revision.value, traits.best_row.value]).toEqual([1, 0]);
    model.fromKernel("revision", 2);
    model.fromKernel("best_row", 17);
    expect([traits.revision.value, traits.best_row.value]).toEqual([2, 17]);
    model.fromKernel("best_row", null);
    expect(traits.best_row.value).toBe(0);
    expect(model.saves).toBe(0);
    dispose();
    expect(model.listenerCount).toBe(0);
  });
});
