package io.kvorum.node.server.gateway;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads one JSON value from bytes, token by token and strictly by RFC 8259; what nobody asks for
/// is passed over and never kept.
final class JsonReader {

  /// Far more than nested transactions need; each level costs a frame of the stack.
  private static final int MAX_DEPTH = 100;

  private final byte[] bytes;
  private int at;
  private int depth;

  /// Whether the value to be read next is the first of its array or object.
  private boolean first;

  JsonReader(byte[] bytes) {
    this.bytes = bytes;
  }

  /// What a value begins to be.
  enum Kind {
    OBJECT,
    ARRAY,
    STRING,
    NUMBER,
    BOOLEAN,
    NULL
  }

  Kind peek() throws MalformedException {
    byte next = next();
    return switch (next) {
      case '{' -> Kind.OBJECT;
      case '[' -> Kind.ARRAY;
      case '"' -> Kind.STRING;
      case 't', 'f' -> Kind.BOOLEAN;
      case 'n' -> Kind.NULL;
      default -> {
        if (next == '-' || isDigit(next)) {
          yield Kind.NUMBER;
        }
        throw malformed("expected a value");
      }
    };
  }

  void openObject() throws MalformedException {
    open('{');
  }

  void openArray() throws MalformedException {
    open('[');
  }

  private void open(char bracket) throws MalformedException {
    expect(bracket);
    if (++depth > MAX_DEPTH) {
      throw malformed("nested too deeply");
    }
    first = true;
  }

  /// Whether the open object has another member; closes it if not.
  boolean hasMember() throws MalformedException {
    return hasNext('}');
  }

  /// Whether the open array has another element; closes it if not.
  boolean hasElement() throws MalformedException {
    return hasNext(']');
  }

  private boolean hasNext(char close) throws MalformedException {
    if (next() == close) {
      at++;
      depth--;
      first = false;
      return false;
    }
    if (!first) {
      expect(',');
    }
    first = false;
    return true;
  }

  /// The name of a member; its value follows.
  String name() throws MalformedException {
    String name = string();
    expect(':');
    return name;
  }

  boolean bool() throws MalformedException {
    boolean value = next() == 't';
    word(value ? "true" : "false");
    return value;
  }

  void nothing() throws MalformedException {
    next();
    word("null");
  }

  private void word(String word) throws MalformedException {
    for (int i = 0; i < word.length(); i++) {
      if (at >= bytes.length || bytes[at] != word.charAt(i)) {
        throw malformed("expected " + word);
      }
      at++;
    }
  }

  /// A number as it is written.
  String number() throws MalformedException {
    next();
    int start = at;
    if (bytes[at] == '-') {
      at++;
    }
    if (at < bytes.length && bytes[at] == '0') {
      at++;
    } else {
      digits();
    }
    if (at < bytes.length && bytes[at] == '.') {
      at++;
      digits();
    }
    if (at < bytes.length && (bytes[at] == 'e' || bytes[at] == 'E')) {
      at++;
      if (at < bytes.length && (bytes[at] == '+' || bytes[at] == '-')) {
        at++;
      }
      digits();
    }
    return new String(bytes, start, at - start, StandardCharsets.US_ASCII);
  }

  private void digits() throws MalformedException {
    int start = at;
    while (at < bytes.length && isDigit(bytes[at])) {
      at++;
    }
    if (at == start) {
      throw malformed("expected a digit");
    }
  }

  private static boolean isDigit(byte character) {
    return character >= '0' && character <= '9';
  }

  String string() throws MalformedException {
    expect('"');
    int start = at;
    StringBuilder unescaped = null;
    while (true) {
      if (at >= bytes.length) {
        throw malformed("unexpected end in a string");
      }
      byte character = bytes[at];
      if (character == '"') {
        break;
      }
      if (character >= 0 && character < ' ') {
        throw malformed("control character in a string");
      }
      if (character == '\\') {
        unescaped = unescaped == null ? new StringBuilder() : unescaped;
        unescaped.append(text(start, at));
        at++;
        escape(unescaped);
        start = at;
      } else {
        at++;
      }
    }
    String rest = text(start, at);
    at++;
    return unescaped == null ? rest : whole(unescaped.append(rest));
  }

  private String text(int from, int to) throws MalformedException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, to - from))
          .toString();
    } catch (CharacterCodingException notUtf8) {
      throw malformed("invalid UTF-8 in a string");
    }
  }

  private void escape(StringBuilder into) throws MalformedException {
    int letter = at < bytes.length ? bytes[at++] : -1;
    switch (letter) {
      case '"', '\\', '/' -> into.append((char) letter);
      case 'b' -> into.append('\b');
      case 'f' -> into.append('\f');
      case 'n' -> into.append('\n');
      case 'r' -> into.append('\r');
      case 't' -> into.append('\t');
      case 'u' -> into.append(fourHexDigits());
      default -> throw malformed("invalid escape in a string");
    }
  }

  private char fourHexDigits() throws MalformedException {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit = at < bytes.length ? Character.digit(bytes[at], 16) : -1;
      if (digit < 0) {
        throw malformed("invalid escape in a string");
      }
      at++;
      value = value << 4 | digit;
    }
    return (char) value;
  }

  /// Half a surrogate pair is no text.
  private String whole(StringBuilder text) throws MalformedException {
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (Character.isHighSurrogate(unit)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(unit)) {
        throw malformed("half a surrogate pair in a string");
      }
    }
    return text.toString();
  }

  /// Passes over a value, whatever it is.
  void skip() throws MalformedException {
    switch (peek()) {
      case OBJECT -> {
        openObject();
        while (hasMember()) {
          name();
          skip();
        }
      }
      case ARRAY -> {
        openArray();
        while (hasElement()) {
          skip();
        }
      }
      case STRING -> string();
      case NUMBER -> number();
      case BOOLEAN -> bool();
      case NULL -> nothing();
    }
  }

  private void expect(char wanted) throws MalformedException {
    if (next() != wanted) {
      throw malformed("expected " + wanted);
    }
    at++;
  }

  /// The next byte that is no blank.
  private byte next() throws MalformedException {
    while (at < bytes.length && isBlank(bytes[at])) {
      at++;
    }
    if (at == bytes.length) {
      throw malformed("unexpected end");
    }
    return bytes[at];
  }

  static boolean isBlank(byte character) {
    return character == ' ' || character == '\n' || character == '\r' || character == '\t';
  }

  MalformedException malformed(String what) {
    return new MalformedException("invalid JSON at byte " + at + ": " + what);
  }
}
