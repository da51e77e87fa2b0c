/** What stands on a card, in words: all that one who only sees it needs. */
import type { CardFieldKind, CardLevel } from "@kith/core/card";
import { wordsIn } from "../../ui/language.ts";

const en = {
  levels: { public: "Public", professional: "Professional", personal: "Personal" } satisfies Record<CardLevel, string>,
  level: "Level",
  kinds: {
    name: "Name",
    title: "Title",
    company: "Company",
    email: "E-mail",
    phone: "Phone",
    address: "Address",
    link: "Link",
    skill: "Skill",
    photo: "Photo",
    note: "Note",
  } satisfies Record<CardFieldKind, string>,
  labels: {
    home: "home",
    work: "work",
    other: "other",
    main: "main",
    mobile: "mobile",
    fax: "fax",
    pager: "pager",
  } as Readonly<Record<string, string>>,
  photoOf: (name: string) => `Photo of ${name}`,
  noPhoto: "The photo is not here.",
};

const de: typeof en = {
  levels: { public: "Öffentlich", professional: "Beruflich", personal: "Persönlich" },
  level: "Stufe",
  kinds: {
    name: "Name",
    title: "Titel",
    company: "Firma",
    email: "E-Mail",
    phone: "Telefon",
    address: "Anschrift",
    link: "Link",
    skill: "Fähigkeit",
    photo: "Foto",
    note: "Notiz",
  },
  labels: {
    home: "privat",
    work: "Arbeit",
    other: "andere",
    main: "vor allem",
    mobile: "mobil",
    fax: "Fax",
    pager: "Pager",
  },
  photoOf: (name) => `Foto von ${name}`,
  noPhoto: "Das Foto ist nicht hier.",
};

/** For words that hold more than these. */
export const FACE = { en, de };
export const useFaceWords: () => typeof en = wordsIn({ en, de });
export type FaceWords = typeof en;
