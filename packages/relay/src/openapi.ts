/**
 * Every HTTP call of a relay, as OpenAPI 3.1. The same document is in docs/relay-openapi.json, checked by a test.
 *
 * @module
 */

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
  paths: {
    "/": {
      get: { operationId: "root", summary: "What this is", responses: { 200: textOf("A sentence for people.") } },
    },
    "/health": {
      get: {
        operationId: "health",
        summary: "Is the process alive?",
        responses: { 200: statusOf("It answers.", "ok") },
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
