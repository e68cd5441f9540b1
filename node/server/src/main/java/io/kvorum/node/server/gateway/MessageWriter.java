package io.kvorum.node.server.gateway;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import io.kvorum.node.core.Invariant;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// Writes messages as JSON in etcd's form: the fields' own names, nothing for zero values, 64-bit
/// numbers as strings, enums by name, bytes in base64.
final class MessageWriter {

  private final ByteString.Output out = ByteString.newOutput();

  /// The message alone.
  static ByteString write(Message message) {
    var writer = new MessageWriter();
    writer.message(message);
    return writer.out.toByteString();
  }

  /// The message as one line of a stream.
  static ByteString writeResult(Message message) {
    var writer = new MessageWriter();
    writer.ascii("{\"result\":");
    writer.message(message);
    writer.ascii("}\n");
    return writer.out.toByteString();
  }

  /// A text in quotes.
  static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      switch (unit) {
        case '"', '\\' -> quoted.append('\\').append(unit);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (unit < ' ') {
            quoted.append("\\u%04x".formatted((int) unit));
          } else {
            quoted.append(unit);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  private void message(MessageOrBuilder message) {
    out.write('{');
    boolean first = true;
    for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
      if (!first) {
        out.write(',');
      }
      first = false;
      FieldDescriptor field = entry.getKey();
      out.write('"');
      ascii(field.getName());
      ascii("\":");
      if (field.isRepeated()) {
        array(field, (List<?>) entry.getValue());
      } else {
        value(field, entry.getValue());
      }
    }
    out.write('}');
  }

  private void array(FieldDescriptor field, List<?> values) {
    out.write('[');
    for (int i = 0; i < values.size(); i++) {
      if (i > 0) {
        out.write(',');
      }
      value(field, values.get(i));
    }
    out.write(']');
  }

  private void value(FieldDescriptor field, Object value) {
    switch (field.getType()) {
      case MESSAGE -> message((Message) value);
      case STRING -> write(quoted((String) value).getBytes(StandardCharsets.UTF_8));
      case BYTES -> bytes((ByteString) value);
      case BOOL, INT32 -> ascii(value.toString());
      case UINT32 -> ascii(Integer.toUnsignedString((int) value));
      case INT64 -> number(value.toString());
      case UINT64 -> number(Long.toUnsignedString((long) value));
      case ENUM -> enumValue((EnumValueDescriptor) value);
      case DOUBLE, FLOAT, FIXED64, FIXED32, SFIXED32, SFIXED64, SINT32, SINT64, GROUP ->
          throw Invariant.unreachable("no message of the API has a field of this type");
    }
  }

  private void bytes(ByteString bytes) {
    ByteBuffer encoded = Base64.getEncoder().encode(bytes.asReadOnlyByteBuffer());
    out.write('"');
    out.write(encoded.array(), encoded.arrayOffset(), encoded.limit());
    out.write('"');
  }

  private void number(String digits) {
    out.write('"');
    ascii(digits);
    out.write('"');
  }

  /// A number that this version has no name for stays a number.
  private void enumValue(EnumValueDescriptor value) {
    if (value.getIndex() < 0) {
      ascii(Integer.toString(value.getNumber()));
    } else {
      number(value.getName());
    }
  }

  private void ascii(String text) {
    write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void write(byte[] bytes) {
    out.write(bytes, 0, bytes.length);
  }
}
