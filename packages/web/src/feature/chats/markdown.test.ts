import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Block, type Inline, parseMarkdown, plainText } from "./markdown.ts";

const inlineText = (part: Inline): string => ("parts" in part ? part.parts.map(inlineText).join("") : part.text);
const blockTexts = (block: Block): readonly string[] => {
  if (block.kind === "code") return [block.text];
  return (block.kind === "list" ? block.items : [block.parts]).map((parts) => parts.map(inlineText).join(""));
};
const inlines = (parts: readonly Inline[]): readonly Inline[] =>
  parts.flatMap((part) => [part, ...("parts" in part ? inlines(part.parts) : [])]);
const allInlines = (text: string): readonly Inline[] =>
  parseMarkdown(text).flatMap((block) => {
    if (block.kind === "code") return [];
    return inlines(block.kind === "list" ? block.items.flat() : block.parts);
  });
const links = (text: string): readonly (readonly [string, string])[] =>
  allInlines(text).flatMap((part) => (part.kind === "link" ? [[part.text, part.host] as const] : []));

/** Texts in which marks are frequent, as `*`, a quote, an address. */
const marked = fc
  .array(
    fc.constantFrom("*", "**", "_", "`", "```", "\n", "> ", "- ", "1. ", "https://", "a", "b.c", " ", "é", "<b>", "h"),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(""));

test("what people write becomes what they mean", () => {
  const t = (text: string): Inline => ({ kind: "text", text });
  const italic = (text: string): Inline => ({ kind: "italic", parts: [t(text)] });
  assert.deepEqual(parseMarkdown("so **very *much*** `x*y*`"), [
    {
      kind: "text",
      parts: [t("so "), { kind: "bold", parts: [t("very "), italic("much")] }, t(" "), { kind: "code", text: "x*y*" }],
    },
  ]);
  assert.deepEqual(parseMarkdown("_a **b** c_ *d*"), [
    {
      kind: "text",
      parts: [
        { kind: "italic", parts: [t("a "), { kind: "bold", parts: [t("b")] }, t(" c")] },
        ...[t(" "), italic("d")],
      ],
    },
  ]);
  assert.deepEqual(parseMarkdown("> said\n> twice\nno"), [
    { kind: "quote", parts: [t("said\ntwice")] },
    { kind: "text", parts: [t("no")] },
  ]);
  assert.deepEqual(parseMarkdown("- a\n- b\n3. c"), [
    { kind: "list", first: undefined, items: [[t("a")], [t("b")]] },
    { kind: "list", first: 3, items: [[t("c")]] },
  ]);
  assert.deepEqual(parseMarkdown("```js\n*a*\n```\nb"), [
    { kind: "code", text: "*a*" },
    { kind: "text", parts: [t("b")] },
  ]);
});

test("its words are there without the marks", () => {
  assert.equal(
    plainText("**a** `b`\n> *c*\n- d\n- e\n```\nf\n```\nhttps://g.example"),
    "a b c d, e f https://g.example",
  );
});

test("what is not meant as a mark is text", () => {
  for (const text of [
    "snake_case_name",
    "2*3*4",
    "* no list",
    "a ** b ** c",
    "**",
    "`",
    "__init",
    "1.5",
    "-5",
    "<script>alert(1)</script>",
  ])
    assert.deepEqual(parseMarkdown(text).flatMap(blockTexts), [text.replace(/^\* /, "")], text);
});

test("links are what they say, to the web alone, and their host is what the browser reads", () => {
  assert.deepEqual(links("see https://kith.example/a?b=c#d."), [["https://kith.example/a?b=c#d", "kith.example"]]);
  assert.deepEqual(links("[my bank](https://evil.example)"), [["https://evil.example", "evil.example"]]);
  assert.deepEqual(links("https://bank.example@evil.example:8443/"), [
    ["https://bank.example@evil.example:8443/", "evil.example:8443"],
  ]);
  assert.deepEqual(links("https://аpple.example"), [["https://аpple.example", "xn--pple-43d.example"]]);
  assert.deepEqual(links("**https://a.example**"), [["https://a.example", "a.example"]]);
  for (const none of [
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "https://",
    "http://[",
    "hhttps:/x",
  ])
    assert.deepEqual(links(none), [], none);
});

test("nothing is invented, and nothing but marks is lost", () => {
  fc.assert(
    fc.property(marked, (text) => {
      let at = 0;
      for (const shown of parseMarkdown(text).flatMap(blockTexts))
        for (const character of shown) {
          at = text.indexOf(character, at) + 1;
          assert.ok(at > 0, `${JSON.stringify(character)} is not in ${JSON.stringify(text)}`);
        }
      const letters = (all: string): string => all.replace(/[^a-zé]/g, "");
      const unfenced = text.replace(/^```.*$/gm, ""); // the name of a language is a mark
      assert.equal(letters(parseMarkdown(text).flatMap(blockTexts).join("\n")), letters(unfenced));
    }),
    { numRuns: 3_000 },
  );
});

test("any text is parsed, and links in it lead to the web", () => {
  fc.assert(
    fc.property(fc.oneof(marked, fc.string({ unit: "binary" })), (text) => {
      for (const part of allInlines(text)) {
        if (part.kind !== "link") continue;
        assert.match(part.url, /^https?:\/\//);
        assert.ok(text.includes(part.text));
        assert.equal(new URL(part.url).host, part.host);
      }
    }),
    { numRuns: 500 },
  );
});

test("the longest text that can be sent takes no time, whatever is in it", () => {
  const patterns = [
    "*",
    "**",
    "_",
    "`",
    "*a ",
    "**a ",
    "_a _b",
    "*a**",
    "> ",
    "- a\n",
    "```\n",
    "https://a.b/ ",
    "h",
    "*_**_`",
    "1. a\n",
    "\n",
  ];
  patterns.push(`https://a${".".repeat(16_000)}a`);
  for (const pattern of patterns) {
    const text = pattern.length > 100 ? pattern : pattern.repeat(Math.ceil(16_384 / pattern.length));
    const took = leastWork(() => parseMarkdown(text));
    assert.ok(took < 200, `${JSON.stringify(pattern.slice(0, 20))} took ${took} ms`);
  }
});

/** The least processor time of three tries, in ms: what other programs do to the clock on the wall is left out. */
function leastWork(run: () => void): number {
  const once = (): number => {
    const start = process.cpuUsage();
    run();
    return process.cpuUsage(start).user / 1_000;
  };
  return Math.min(once(), once(), once());
}
