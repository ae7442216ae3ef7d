const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NULL = Buffer.from('null');

// Loops hold their place in a variable of their own: a field that every byte writes is slower.

/**
 * A place in the bytes of JSON text. Each method moves over the value that it names. If another value comes next, it
 * says so, and the place means nothing.
 */
export class JsonCursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;

  /** Skips one byte. */
  skipByte(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  /** Skips some text. */
  skip(text: Uint8Array): boolean {
    const { bytes, at } = this;
    const { length } = text;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== text[i]) return false;
    this.at = at + length;
    return true;
  }

  skipNull(): boolean {
    return this.skip(NULL);
  }

  /** Reads digits up to another byte. */
  readInteger(): number {
    const { bytes } = this;
    let value = 0;
    for (let at = this.at; ; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (!(digit >= 0 && digit <= 9)) {
        this.at = at;
        return value;
      }
      value = 10 * value + digit;
    }
  }

  /** Skips a number in any of JSON's spellings, or null. */
  skipNumber(): boolean {
    if (this.skipNull()) return true;
    const { bytes, at: start } = this;
    for (let at = start; ; at++) {
      const byte = bytes[at] as number;
      // + - . e E and digits
      if ((byte >= 0x2d && byte <= 0x39) || byte === 0x2b || byte === 0x65 || byte === 0x45) continue;
      this.at = at;
      return at > start;
    }
  }

  /** Skips a string. */
  skipText(): boolean {
    if (!this.skipByte(QUOTE)) return false;
    const { bytes } = this;
    for (let at = this.at; ; ) {
      const byte = bytes[at];
      if (byte === undefined || byte < 0x20) return false;
      at += byte === BACKSLASH ? 2 : 1;
      if (byte !== QUOTE) continue;
      this.at = at;
      return true;
    }
  }

  /** Skips a string of printable ASCII without escapes. */
  skipPlainText(): boolean {
    if (!this.skipByte(QUOTE)) return false;
    const { bytes } = this;
    for (let at = this.at; ; at++) {
      const byte = bytes[at];
      if (byte === undefined || byte === BACKSLASH || byte < 0x20 || byte > 0x7e) return false;
      if (byte !== QUOTE) continue;
      this.at = at + 1;
      return true;
    }
  }

  /** Reads one of the words, and returns its index; -1 if none of them comes next. */
  readWord(words: readonly Uint8Array[]): number {
    for (let i = 0; i < words.length; i++) if (this.skip(words[i] as Uint8Array)) return i;
    return -1;
  }
}
