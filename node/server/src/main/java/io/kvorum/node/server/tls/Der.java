package io.kvorum.node.server.tls;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Just enough of DER to put an old key format into the one the JDK reads, to write a certificate,
/// and to read its subject.
final class Der {

  static final int BOOLEAN = 0x01;
  static final int INTEGER = 0x02;
  static final int BITS = 0x03;
  static final int OCTETS = 0x04;
  static final int OBJECT_ID = 0x06;
  static final int TEXT = 0x0C;
  static final int NUMERIC_TEXT = 0x12;
  static final int PRINTABLE_TEXT = 0x13;
  static final int LATIN_TEXT = 0x14;
  static final int ASCII_TEXT = 0x16;
  static final int SHORT_DATE = 0x17;
  static final int LONG_DATE = 0x18;
  static final int WIDE_TEXT = 0x1E;
  static final int SEQUENCE = 0x30;
  static final int SET = 0x31;

  /// The first of a value's parts that are told apart by numbers.
  static final int TAGGED = 0xA0;

  /// Kinds of alternative names of a certificate.
  static final int HOST_NAME = 0x82;

  static final int ADDRESS_NAME = 0x87;

  /// The curve's name inside an EC key.
  static final int PARAMETERS = 0xA0;

  private Der() {}

  /// One value with its tag.
  static final class Value {
    private final int tag;
    private final byte[] content;

    Value(int tag, byte[] content) {
      this.tag = tag;
      this.content = content;
    }

    int tag() {
      return tag;
    }

    byte[] content() {
      return content;
    }
  }

  static byte[] sequence(byte[]... parts) {
    var content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    return encode(SEQUENCE, content.toByteArray());
  }

  static byte[] encode(int tag, byte[] content) {
    var encoded = new ByteArrayOutputStream();
    encoded.write(tag);
    if (content.length < 0x80) {
      encoded.write(content.length);
    } else {
      int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(content.length) + 7) / 8;
      encoded.write(0x80 | bytes);
      for (int i = bytes - 1; i >= 0; i--) {
        encoded.write(content.length >>> (8 * i));
      }
    }
    encoded.writeBytes(content);
    return encoded.toByteArray();
  }

  /// The values that stand one after the other.
  ///
  /// @throws IllegalArgumentException when the bytes are no DER
  static List<Value> decode(byte[] bytes) {
    var values = new ArrayList<Value>();
    int at = 0;
    while (at < bytes.length) {
      int tag = bytes[at++] & 0xFF;
      require(at < bytes.length);
      int length = bytes[at++] & 0xFF;
      if (length >= 0x80) {
        int count = length & 0x7F;
        require(count <= 3 && at + count <= bytes.length);
        length = 0;
        for (int i = 0; i < count; i++) {
          length = length << 8 | (bytes[at++] & 0xFF);
        }
      }
      require(at + length <= bytes.length);
      values.add(new Value(tag, Arrays.copyOfRange(bytes, at, at + length)));
      at += length;
    }
    return values;
  }

  private static void require(boolean sound) {
    if (!sound) {
      throw new IllegalArgumentException("not DER");
    }
  }
}
