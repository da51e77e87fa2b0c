/** A connection of a page whose other end lies at the end of a long line. */
type Via = (line: string) => Promise<string>;

/** Every address that the other end offers is taken as `via` shows it. */
export function farConnection(real: RTCPeerConnection, via: Via): RTCPeerConnection {
  const add = real.addIceCandidate.bind(real);
  real.addIceCandidate = async (init?: RTCIceCandidateInit | null) => {
    const candidate = await via(init?.candidate ?? "");
    if (candidate !== "") await add({ ...init, candidate });
  };
  return real;
}
