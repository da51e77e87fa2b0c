/**
 * `curl` over https with a SHA-256 at both ends: Node serves the file and hashes it as it passes, the
 * other end is `curl | tee file | sha256sum`, and the digests are compared.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { certificate } from "../contender/tls.ts";
import { benchFolder, MIB } from "./file-pair.ts";
import type { Answering } from "./scenario.ts";

const HASH_PATH = "/digest";

/** The answering half serves here: the one that dials is the one that downloads. */
export async function serveFile(path: string): Promise<Answering> {
  let digest = "";
  const server = createServer({ ...certificate("server"), minVersion: "TLSv1.3" }, async (request, response) => {
    if (request.url === HASH_PATH) return response.end(digest);
    const hash = createHash("sha256");
    const hashing = new Transform({
      highWaterMark: 2 * MIB,
      transform(chunk, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(createReadStream(path, { highWaterMark: MIB }), hashing, response);
    digest = hash.digest("hex");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `https://localhost:${(server.address() as AddressInfo).port}` };
}

export async function fetchFile(address: string): Promise<string> {
  const received = join(benchFolder(), "curl.bin");
  const curl = `curl -sSk --http1.1 ${address}`;
  const run = promisify(execFile);
  const { stdout } = await run("sh", ["-c", `${curl}/file | tee '${received}' | sha256sum`]);
  const { stdout: sent } = await run("sh", ["-c", `${curl}${HASH_PATH}`]);
  if (stdout.split(" ")[0] !== sent) throw new Error("curl has something else than was served");
  return received;
}
