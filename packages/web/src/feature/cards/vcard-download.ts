/** Hands a vCard to the person, as a file; and what files of a card are called. */
import { download } from "../../ui/download.ts";

export const downloadVcard = (text: string, name: string): void =>
  download(new Blob([text], { type: "text/vcard;charset=utf-8" }), `${fileName(name)}.vcf`);

/** Letters and digits of any language: what a file system, or a person, could stumble over stays out. */
export const fileName = (name: string): string =>
  name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "") || "card";
