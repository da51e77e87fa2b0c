/** The app in a real Firefox: two people meet by a join code, talk, and a file passes each way. Real time: it is the browser's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FirefoxPage, firefoxPath, launchFirefox } from "@kith/sdk/testing/browser";
import { startAppNode } from "./testing/app-node.ts";

const why = firefoxPath() === undefined ? "no Firefox here" : false;

/** What a hand does, in the page: waits for what is wanted, then does it. */
const HANDS = `
  const until = async (find) => {
    for (let tries = 0; tries < 300; tries++) {
      const found = find();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("it does not come about: " + find + "; on the page: " + document.body.innerText.slice(0, 600));
  };
  const named = (selector, text) => () =>
    [...document.querySelectorAll(selector)].find((each) =>
      (each.getAttribute("aria-label") ?? each.textContent).includes(text) && !each.disabled);
  const press = async (text) => (await until(named("button, a, summary", text))).click();
  const type = async (label, text) => {
    const field = await until(() => {
      const [found] = [...document.querySelectorAll("label")].filter((each) => each.textContent.includes(label));
      const input = found && (found.control ?? document.getElementById(found.htmlFor));
      return input ?? document.querySelector('textarea[aria-label="' + label + '"]');
    });
    const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value");
    set.call(field, text);
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
  const talkTo = async (name) =>
    (await until(() => [...document.querySelectorAll('a[href^="#/chats/"]')].find((each) => each.textContent.includes(name)))).click();
  const give = async (name, fill, size) => {
    const input = await until(() => document.querySelector('input[type="file"]'));
    const given = new DataTransfer();
    given.items.add(new File([new Uint8Array(size).fill(fill)], name));
    input.files = given.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const take = async (name) => {
    const message = await until(() => [...document.querySelectorAll("li.message")].find((each) => each.innerText.includes(name)));
    const button = (text) => until(() => [...message.querySelectorAll("button")].find((each) => each.textContent === text));
    (await button("Accept")).click();
    const save = await button("Save");
    const { createObjectURL } = URL;
    const saved = new Promise((resolve) => {
      URL.createObjectURL = (blob) => (resolve(blob), createObjectURL(blob));
    });
    HTMLAnchorElement.prototype.click = () => {}; // what downloads do is the browser's
    save.click();
    const bytes = new Uint8Array(await (await saved).arrayBuffer());
    return bytes.length + " of " + [...new Set(bytes)].join();
  };
  const see = (text) => until(() => document.body.innerText.includes(text));
`;

const act = (page: FirefoxPage, body: string): Promise<unknown> => page.run(`${HANDS}${body}`);

test("two people in Firefox meet by a join code, talk, and give each other files", {
  skip: why,
  timeout: 180_000,
}, async () => {
  await using node = await startAppNode();
  await using firefox = await launchFirefox();
  const [ada, ben] = [await firefox.open(node.url), await firefox.open(node.url)];
  for (const [page, name] of [
    [ada, "Ada"],
    [ben, "Ben"],
  ] as const)
    await act(page, `await type("What should others see?", "${name}"); await press("Begin"); await see("People");`);
  const code = await act(
    ada,
    `await press("Add"); await press("Show a code"); return (await until(() => document.querySelector(".code"))).textContent;`,
  );
  assert.match(String(code), /^\d+-[a-z]+-[a-z]+/);
  await act(ben, `await press("Add"); await type("given a code", "${code}"); await press("Connect");`);
  for (const page of [ada, ben]) await act(page, `await press("Yes, add");`);
  for (const page of [ada, ben]) await act(page, `await press("OK");`);
  await act(ada, `await talkTo("Ben"); await type("Message", "Hello from Firefox"); await press("Send");`);
  await act(ben, `await talkTo("Ada"); await see("Hello from Firefox");`);
  await act(ada, `await see("read");`);
  await act(ada, `await give("plan.bin", 7, 1_000_000);`);
  assert.equal(await act(ben, `return take("plan.bin");`), "1000000 of 7");
  await act(ada, `await see("arrived");`);
  await act(ben, `await give("answer.bin", 9, 70_000);`);
  assert.equal(await act(ada, `return take("answer.bin");`), "70000 of 9");
});
