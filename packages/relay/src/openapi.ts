/**
 * Every HTTP call of a relay, as OpenAPI 3.1. The same document is in docs/relay-openapi.json, checked by a test.
 *
 * @module
 */
import { PASS_FILES } from "./pass/pass-manifest.ts";

const textOf = (description: string): object => ({
  description,
  content: { "text/plain": { schema: { type: "string" } } },
});

const statusOf = (description: string, ...values: readonly string[]): object => ({
  description,
  content: {
    "application/json": {
      schema: {
        type: "object",
        properties: { status: { type: "string", enum: values } },
        required: ["status"],
        additionalProperties: false,
      },
    },
  },
});

const refusalOf = (description: string): object => ({
  description,
  content: {
    "application/json": {
      schema: {
        type: "object",
        properties: { code: { type: "string" }, message: { type: "string" } },
        required: ["code", "message"],
        additionalProperties: false,
      },
    },
  },
});
const HEALTH = {
  description: "It answers.",
  content: {
    "application/json": {
      schema: {
        type: "object",
        properties: {
          status: { type: "string", enum: ["ok"] },
          passes: {
            type: "object",
            description: "The certificate for Wallet passes, where some are signed.",
            properties: {
              certificate: { type: "string", enum: ["given", "test", "unusable"] },
              until: { type: "string", format: "date-time", description: "When it ends, if it was given." },
            },
            required: ["certificate"],
            additionalProperties: false,
          },
        },
        required: ["status"],
        additionalProperties: false,
      },
    },
  },
};

const BUSY = refusalOf("Too often from there, or by that key: again after Retry-After.");
const TROUBLE = refusalOf("The store cannot be used, or the relay goes away: again after Retry-After.");
const NO_TICKET = refusalOf("No ticket of this relay's, or one whose time is over.");

const numberOf = (name: string, minimum: number, maximum: number, description: string): object => ({
  ...{ name, in: "query", required: true, description, schema: { type: "integer", minimum, maximum } },
});

const SEALED = {
  "application/octet-stream": { schema: { type: "string", contentMediaType: "application/octet-stream" } },
};

/** spec/relay-http.md §3. */
const SHARES = {
  parameters: [{ name: "id", in: "path", required: true, schema: { type: "string", pattern: "^[0-9a-f]{32}$" } }],
  put: {
    operationId: "keepShare",
    summary: "Keep a sealed share of a card",
    security: [{ ticket: [] }],
    parameters: [
      numberOf("lifetime", 1, 2_592_000, "Seconds, by the relay's clock."),
      numberOf("uses", 0, 1_000, "How often it may be taken; 0: not counted."),
    ],
    requestBody: { required: true, description: "1024, 2048, 4608, 24576 or 70656 bytes.", content: SEALED },
    responses: {
      201: {
        description: "It is kept, and was if it is the same again.",
        content: {
          "application/json": {
            schema: {
              type: "object",
              properties: { until: { type: "integer", description: "Unix time in milliseconds." } },
              required: ["until"],
              additionalProperties: false,
            },
          },
        },
      },
      400: refusalOf("The terms or the size are wrong."),
      401: NO_TICKET,
      409: refusalOf("Something else has or had that id."),
      413: refusalOf("It is too large."),
      415: refusalOf("It is something else."),
      429: BUSY,
      503: TROUBLE,
      507: refusalOf("As many shares as there may be, of that key or in all."),
    },
  },
  post: {
    operationId: "takeShare",
    summary: "Take a share, which counts as one use",
    responses: {
      200: { description: "What was put there.", content: SEALED },
      404: refusalOf("Nothing is kept under that id."),
      410: refusalOf("It was taken as often as it may be, or was taken back."),
      429: BUSY,
      503: TROUBLE,
    },
  },
  delete: {
    operationId: "endShare",
    summary: "Delete a share that one put there",
    security: [{ ticket: [] }],
    responses: {
      204: { description: "Its bytes are deleted." },
      401: NO_TICKET,
      404: refusalOf("Nothing of that key's is kept under that id."),
      503: TROUBLE,
    },
  },
};

const NO_CERTIFICATE = refusalOf("There is no certificate that is good now.");
const CERTIFICATE = { type: "string", enum: ["given", "test"], description: "test: no Wallet takes what it signs." };

/** spec/relay-http.md §4. */
const SIGN_PASS = {
  get: {
    operationId: "passSigning",
    summary: "For whom passes are signed: what a pass must name",
    responses: {
      200: {
        description: "Of the certificate.",
        content: {
          "application/json": {
            schema: {
              type: "object",
              properties: {
                ...{ passTypeIdentifier: { type: "string" }, teamIdentifier: { type: "string" } },
                ...{ organizationName: { type: "string" }, certificate: CERTIFICATE, until: { type: "integer" } },
              },
              required: ["passTypeIdentifier", "teamIdentifier", "organizationName", "certificate", "until"],
              additionalProperties: false,
            },
          },
        },
      },
      503: NO_CERTIFICATE,
    },
  },
  post: {
    operationId: "signPass",
    summary: "Sign the manifest of a Wallet pass",
    security: [{ ticket: [] }],
    requestBody: {
      required: true,
      description: "manifest.json, of at most 8192 bytes and 20 files.",
      content: {
        "application/json": {
          schema: {
            type: "object",
            propertyNames: { enum: [...PASS_FILES] },
            required: ["pass.json", "icon.png"],
            additionalProperties: { type: "string", pattern: "^[0-9a-f]{40}$" },
          },
        },
      },
    },
    responses: {
      200: {
        description: "The detached signature: CMS in DER.",
        headers: { "Kith-Pass-Certificate": { schema: CERTIFICATE } },
        content: SEALED,
      },
      400: refusalOf("It is no manifest that is signed here."),
      401: NO_TICKET,
      413: refusalOf("It is too large."),
      415: refusalOf("It is something else."),
      429: BUSY,
      503: NO_CERTIFICATE,
    },
  },
};

export const OPENAPI: Readonly<Record<string, unknown>> = {
  openapi: "3.1.0",
  info: {
    title: "Kith relay",
    version: "1",
    description: "HTTP calls of a relay. Clients use the WebSocket at /kith/1, whose protocol is spec/relay.md.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: "/" }],
  security: [],
  components: {
    securitySchemes: {
      ticket: {
        type: "http",
        scheme: "bearer",
        description: "What the relay answers to *ticket* (spec/relay-http.md).",
      },
    },
  },
  paths: {
    "/": {
      get: { operationId: "root", summary: "What this is", responses: { 200: textOf("A sentence for people.") } },
    },
    "/health": {
      get: {
        operationId: "health",
        summary: "Is the process alive?",
        responses: { 200: HEALTH },
      },
    },
    "/ready": {
      get: {
        operationId: "ready",
        summary: "Does it take logins?",
        responses: {
          200: statusOf("It does.", "ready"),
          503: statusOf("It is going away, or its store cannot write.", "draining", "storage"),
        },
      },
    },
    "/metrics": {
      get: {
        operationId: "metrics",
        summary: "Numbers in the text format of Prometheus",
        responses: { 200: textOf("The numbers of docs/relay.md."), 403: textOf("Not for this address.") },
      },
    },
    "/openapi.json": {
      get: {
        operationId: "openapi",
        summary: "This document",
        responses: {
          200: { description: "OpenAPI 3.1.", content: { "application/json": { schema: { type: "object" } } } },
        },
      },
    },
    "/shares/{id}": SHARES,
    "/sign-pass": SIGN_PASS,
    "/kith/1": {
      get: {
        operationId: "connect",
        summary: "The relay's protocol",
        description: "A WebSocket (RFC 6455, version 13) without extensions; binary messages of spec/relay.md.",
        responses: {
          101: { description: "The WebSocket is open." },
          400: { description: "The handshake is wrong." },
          426: { description: "A WebSocket of version 13 is wanted." },
          503: { description: "Too many connections." },
        },
      },
    },
  },
};
