/* <exam-digest> computes the fingerprint of all answers (S1.4).
 *
 * SHA-256 is written out here because crypto.subtle is missing on plain http://,
 * which a school hall's local network may be. */
const PRIMES = firstPrimes(64);
const K = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

class ExamDigest extends HTMLElement {
  /* Hex SHA-256 of the canonical JSON of the answered slots. */
  of(answers) {
    return sha256(new TextEncoder().encode(canonical(answers)));
  }
}

/* Keys sorted as text, no spaces. Not JSON.stringify of an object: that would
 * put "10" behind "2". */
function canonical(answers) {
  const slots = Object.keys(answers).filter((slot) => answers[slot] !== null);
  const pairs = slots
    .sort()
    .map((slot) => `${JSON.stringify(slot)}:${JSON.stringify(answers[slot])}`);
  return `{${pairs.join(",")}}`;
}

function sha256(bytes) {
  const state = Uint32Array.from(START);
  const view = padded(bytes);
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    compress(state, view, offset);
  }
  return [...state].map((word) => word.toString(16).padStart(8, "0")).join("");
}

function padded(bytes) {
  const blocks = Math.ceil((bytes.length + 9) / 64);
  const view = new DataView(new ArrayBuffer(blocks * 64));
  bytes.forEach((byte, index) => view.setUint8(index, byte));
  view.setUint8(bytes.length, 0x80);
  view.setUint32(blocks * 64 - 4, bytes.length * 8);
  return view;
}

function compress(state, view, offset) {
  const w = new Uint32Array(64);
  for (let i = 0; i < 64; i += 1) {
    w[i] = i < 16 ? view.getUint32(offset + i * 4) : expand(w, i);
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] += word;
  });
}

function expand(w, i) {
  const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
  const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
  return w[i - 16] + s0 + w[i - 7] + s1;
}

const turn = (word, bits) => (word >>> bits) | (word << (32 - bits));

function fraction(number) {
  return Math.floor((number % 1) * 2 ** 32);
}

function firstPrimes(count) {
  const primes = [];
  for (let number = 2; primes.length < count; number += 1) {
    if (primes.every((prime) => number % prime)) primes.push(number);
  }
  return primes;
}

customElements.define("exam-digest", ExamDigest);
