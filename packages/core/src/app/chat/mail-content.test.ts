import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "../../lib/bytes.ts";
import { Writer } from "../../lib/writer.ts";
import { codeOf, WALL } from "../../trust/trust-fixture.test.ts";
import { chatIdFromBytes } from "./chat-id.ts";
import { encodeChatMessage } from "./chat-message.ts";
import { decodeMailContent, encodeMailContent, type MailMessage } from "./mail-content.ts";

const id = chatIdFromBytes(new Uint8Array(16).fill(7));
const TEXT: MailMessage = { type: "text", id, sentAt: WALL, text: "until you are back" };
const RECEIPT: MailMessage = { type: "receipt", state: "read", ids: [id] };

test("what travels in one item is read in its order", () => {
  assert.deepEqual(decodeMailContent(encodeMailContent([TEXT, RECEIPT, TEXT])), [TEXT, RECEIPT, TEXT]);
});

test("an item holds texts and receipts, at least one and at most 256, and nothing else", () => {
  assert.equal(
    codeOf(() => decodeMailContent(new Uint8Array(0))),
    "ERR_VALUE",
  );
  const one = encodeMailContent([RECEIPT]);
  assert.equal(decodeMailContent(concatBytes(...Array.from({ length: 256 }, () => one))).length, 256);
  assert.equal(
    codeOf(() => decodeMailContent(concatBytes(...Array.from({ length: 257 }, () => one)))),
    "ERR_LIMIT",
  );
  for (const message of [{ type: "typing", isTyping: true } as const, { ...RECEIPT, type: "settled" } as const]) {
    const bytes = new Writer().varBytes(encodeChatMessage(message)).finish();
    assert.equal(
      codeOf(() => decodeMailContent(bytes)),
      "ERR_UNKNOWN_TYPE",
    );
  }
  const content = encodeMailContent([TEXT, RECEIPT]);
  const whole = encodeMailContent([TEXT]).length;
  for (let length = 1; length < content.length; length++)
    if (length !== whole)
      assert.notEqual(
        codeOf(() => decodeMailContent(content.subarray(0, length))),
        undefined,
      );
});
