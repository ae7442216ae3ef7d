const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NULL = Buffer.from('null');

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
    for (let i = 0; i < text.length; i++) if (this.bytes[this.at + i] !== text[i]) return false;
    this.at += text.length;
    return true;
  }

  skipNull(): boolean {
    return this.skip(NULL);
  }

  /** Reads digits up to another byte. */
  readInteger(): number {
    let value = 0;
    for (;;) {
      const digit = (this.bytes[this.at] as number) - ZERO;
      if (!(digit >= 0 && digit <= 9)) return value;
      value = 10 * value + digit;
      this.at++;
    }
  }

  /** Skips a number in any of JSON's spellings, or null. */
  skipNumber(): boolean {
    if (this.skipNull()) return true;
    const start = this.at;
    for (;;) {
      const byte = this.bytes[this.at] as number;
      // + - . e E and digits
      if (!((byte >= 0x2d && byte <= 0x39) || byte === 0x2b || byte === 0x65 || byte === 0x45)) return this.at > start;
      this.at++;
    }
  }

  /** Skips a string. */
  skipText(): boolean {
    if (!this.skipByte(QUOTE)) return false;
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined || byte < 0x20) return false;
      this.at += byte === BACKSLASH ? 2 : 1;
      if (byte === QUOTE) return true;
    }
  }

  /** Skips a string of printable ASCII without escapes. */
  skipPlainText(): boolean {
    if (!this.skipByte(QUOTE)) return false;
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined || byte === BACKSLASH || byte < 0x20 || byte > 0x7e) return false;
      this.at++;
      if (byte === QUOTE) return true;
    }
  }

  /** Reads one of the words, and returns its index; -1 if none of them comes next. */
  readWord(words: readonly Uint8Array[]): number {
    for (let i = 0; i < words.length; i++) if (this.skip(words[i] as Uint8Array)) return i;
    return -1;
  }
}
