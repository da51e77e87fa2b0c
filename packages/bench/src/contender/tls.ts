/**
 * `node:tls` 1.3 with a certificate on both sides. Both ends read the same two self-signed
 * certificates, made with openssl once per run, so that each checks the other's, as Kith does.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import type { Contender } from "./contender.ts";
import { pipeOf } from "./node-stream.ts";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A self-signed P-256 certificate for localhost, made once per machine start and kept in the temporary folder. */
export function certificate(name: string): Certificate {
  const folder = join(tmpdir(), "kith-bench-certificates");
  const [keyFile, certFile] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  if (!existsSync(certFile)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        `/CN=${name}`,
      ].concat(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", keyFile, "-out", certFile]),
      { stdio: "ignore" },
    );
  }
  return { key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8") };
}

export function tlsContender(): Contender {
  const [ours, theirs] = [certificate("server"), certificate("client")];
  const common = { minVersion: "TLSv1.3" as const, ALPNProtocols: ["bench"] };
  const server = createServer({ ...common, ...ours, ca: theirs.cert, requestCert: true, rejectUnauthorized: true });
  return {
    name: "tls 1.3",
    keepsMessages: false,
    async listen(onPipe) {
      server.on("secureConnection", (socket) => {
        socket.setNoDelay(true);
        onPipe(pipeOf(socket), "stream");
      });
      server.on("tlsClientError", () => {});
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return String((server.address() as AddressInfo).port);
    },
    async dial(address) {
      const socket = connect({
        ...common,
        ...theirs,
        ca: ours.cert,
        port: Number(address),
        host: "127.0.0.1",
        servername: "localhost",
      });
      socket.setNoDelay(true);
      await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
      return pipeOf(socket);
    },
    async stop() {
      server.close();
    },
  };
}
