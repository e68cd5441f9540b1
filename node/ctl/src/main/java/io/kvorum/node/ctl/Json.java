package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.Base64;
import java.util.List;

/// Writes JSON the way Go's encoder writes etcd's messages: fields in their declared order, zero
/// values left out, bytes in base64, 64-bit integers and enums as plain numbers.
final class Json {

  private final Output output;

  /// Whether the next name or item follows another one.
  private boolean follows;

  Json(Output output) {
    this.output = output;
  }

  Json begin() throws Output.Closed {
    return raw("{", false);
  }

  Json end() throws Output.Closed {
    return raw("}", true);
  }

  Json beginList() throws Output.Closed {
    return raw("[", false);
  }

  Json endList() throws Output.Closed {
    return raw("]", true);
  }

  /// The name of the next value in an object.
  Json name(String name) throws Output.Closed {
    return raw((follows ? ",\"" : "\"") + name + "\":", false);
  }

  /// Comes before each value of a list.
  Json item() throws Output.Closed {
    return raw(follows ? "," : "", false);
  }

  Json number(long value) throws Output.Closed {
    return raw(Long.toString(value), true);
  }

  Json unsigned(long value) throws Output.Closed {
    return raw(Long.toUnsignedString(value), true);
  }

  Json bool(boolean value) throws Output.Closed {
    return raw(Boolean.toString(value), true);
  }

  Json nothing() throws Output.Closed {
    return raw("null", true);
  }

  Json bytes(ByteString value) throws Output.Closed {
    output.text("\"");
    output.bytes(Base64.getEncoder().encode(value.toByteArray()));
    return raw("\"", true);
  }

  Json text(String value) throws Output.Closed {
    var quoted = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        case '<', '>', '&', '\u2028', '\u2029' -> quoted.append("\\u%04x".formatted((int) c));
        default -> quoted.append(c < ' ' ? "\\u%04x".formatted((int) c) : Character.toString(c));
      }
    }
    return raw(quoted.append('"').toString(), true);
  }

  Json message(Message message) throws Output.Closed {
    return begin().fields(message).end();
  }

  /// The fields of a message, inside an object that is open.
  Json fields(Message message) throws Output.Closed {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.isRepeated()) {
        list(message, field);
      } else if (field.getRealContainingOneof() != null) {
        if (message.hasField(field)) {
          name(capitalized(field.getRealContainingOneof().getName())).begin();
          name(field.getName()).value(field, message.getField(field)).end();
        }
      } else if (field.hasPresence()
          ? message.hasField(field)
          : !message.getField(field).equals(field.getDefaultValue())) {
        name(field.getName()).value(field, message.getField(field));
      }
    }
    return this;
  }

  private void list(Message message, FieldDescriptor field) throws Output.Closed {
    if (message.getRepeatedFieldCount(field) == 0) {
      return;
    }
    name(field.getName()).beginList();
    for (Object value : (List<?>) message.getField(field)) {
      item().value(field, value);
    }
    endList();
  }

  private Json value(FieldDescriptor field, Object value) throws Output.Closed {
    boolean unsigned =
        field.getType() == FieldDescriptor.Type.UINT64
            || field.getType() == FieldDescriptor.Type.UINT32;
    return switch (value) {
      case Message message -> message(message);
      case ByteString bytes -> bytes(bytes);
      case String text -> text(text);
      case Boolean bool -> bool(bool);
      case EnumValueDescriptor constant -> number(constant.getNumber());
      case Long number -> unsigned ? unsigned(number) : number(number);
      case Integer number -> number(unsigned ? Integer.toUnsignedLong(number) : number);
      default -> throw new IllegalStateException("no such field in etcd's messages: " + field);
    };
  }

  private static String capitalized(String name) {
    return Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }

  private Json raw(String text, boolean nowFollows) throws Output.Closed {
    output.text(text);
    follows = nowFollows;
    return this;
  }
}
