package io.kvorum.node.server.gateway;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.kvorum.node.core.Invariant;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Reads messages from their JSON, by protobuf's mapping: fields by either name, 64-bit numbers as
/// strings or numbers, enums by name or number, bytes in either base64. Unknown fields are passed
/// over.
final class MessageReader {

  /// Longer than any number of a field, whichever way it is written.
  private static final int MAX_NUMBER_LENGTH = 40;

  private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(64);

  /// The fields of a message by both their names.
  private static final Map<Descriptor, Map<String, FieldDescriptor>> FIELDS =
      new ConcurrentHashMap<>();

  private final JsonReader json;

  private MessageReader(byte[] bytes) {
    json = new JsonReader(bytes);
  }

  /// The message of a prototype's kind that the bytes say.
  static <M extends Message> M read(byte[] bytes, M prototype) throws MalformedException {
    Message.Builder builder = prototype.newBuilderForType();
    new MessageReader(bytes).message(builder);
    @SuppressWarnings("unchecked") // a builder builds what its prototype is
    M message = (M) builder.build();
    return message;
  }

  private static Map<String, FieldDescriptor> fields(Descriptor message) {
    return FIELDS.computeIfAbsent(
        message,
        _ -> {
          var fields = new HashMap<String, FieldDescriptor>();
          for (FieldDescriptor field : message.getFields()) {
            fields.put(field.getName(), field);
            fields.put(field.getJsonName(), field);
          }
          return fields;
        });
  }

  private void message(Message.Builder builder) throws MalformedException {
    Map<String, FieldDescriptor> fields = fields(builder.getDescriptorForType());
    var seen = new HashSet<FieldDescriptor>();
    json.openObject();
    while (json.hasMember()) {
      String name = json.name();
      FieldDescriptor field = fields.get(name);
      if (field == null) {
        json.skip();
      } else if (json.peek() == JsonReader.Kind.NULL) {
        json.nothing();
      } else if (!seen.add(field) || isSecondOfOneof(builder, field)) {
        throw json.malformed("the field " + name + " is given twice");
      } else {
        field(builder, field);
      }
    }
  }

  private static boolean isSecondOfOneof(Message.Builder builder, FieldDescriptor field) {
    var oneof = field.getRealContainingOneof();
    return oneof != null && builder.hasOneof(oneof);
  }

  private void field(Message.Builder builder, FieldDescriptor field) throws MalformedException {
    if (!field.isRepeated()) {
      builder.setField(field, value(builder, field));
      return;
    }
    json.openArray();
    while (json.hasElement()) {
      builder.addRepeatedField(field, value(builder, field));
    }
  }

  private Object value(Message.Builder builder, FieldDescriptor field) throws MalformedException {
    return switch (field.getType()) {
      case MESSAGE -> {
        Message.Builder inner = builder.newBuilderForField(field);
        message(inner);
        yield inner.build();
      }
      case STRING -> string(field);
      case BYTES -> bytes(field);
      case BOOL -> {
        if (json.peek() != JsonReader.Kind.BOOLEAN) {
          throw invalid(field);
        }
        yield json.bool();
      }
      case ENUM -> enumValue(field);
      case INT64 -> whole(field, Long.MIN_VALUE, Long.MAX_VALUE);
      case UINT64 -> unsigned(field);
      case INT32 -> (int) whole(field, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case UINT32 -> (int) whole(field, 0, 0xFFFF_FFFFL);
      case DOUBLE, FLOAT, FIXED64, FIXED32, SFIXED32, SFIXED64, SINT32, SINT64, GROUP ->
          throw Invariant.unreachable("no message of the API has a field of this type");
    };
  }

  private String string(FieldDescriptor field) throws MalformedException {
    if (json.peek() != JsonReader.Kind.STRING) {
      throw invalid(field);
    }
    return json.string();
  }

  private ByteString bytes(FieldDescriptor field) throws MalformedException {
    String text = string(field);
    boolean urlSafe = text.indexOf('-') >= 0 || text.indexOf('_') >= 0;
    try {
      return UnsafeByteOperations.unsafeWrap(
          (urlSafe ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(text));
    } catch (IllegalArgumentException notBase64) {
      throw json.malformed("the field " + field.getName() + " is not base64");
    }
  }

  private EnumValueDescriptor enumValue(FieldDescriptor field) throws MalformedException {
    if (json.peek() == JsonReader.Kind.NUMBER) {
      return field
          .getEnumType()
          .findValueByNumberCreatingIfUnknown(
              (int) whole(field, Integer.MIN_VALUE, Integer.MAX_VALUE));
    }
    EnumValueDescriptor value = field.getEnumType().findValueByName(string(field));
    if (value == null) {
      throw invalid(field);
    }
    return value;
  }

  private long whole(FieldDescriptor field, long min, long max) throws MalformedException {
    BigInteger number = number(field);
    if (number.compareTo(BigInteger.valueOf(min)) < 0
        || number.compareTo(BigInteger.valueOf(max)) > 0) {
      throw invalid(field);
    }
    return number.longValue();
  }

  private long unsigned(FieldDescriptor field) throws MalformedException {
    BigInteger number = number(field);
    if (number.signum() < 0 || number.compareTo(TWO_TO_64) >= 0) {
      throw invalid(field);
    }
    return number.longValue();
  }

  private BigInteger number(FieldDescriptor field) throws MalformedException {
    String text =
        switch (json.peek()) {
          case NUMBER -> json.number();
          case STRING -> json.string();
          case OBJECT, ARRAY, BOOLEAN, NULL -> throw invalid(field);
        };
    try {
      BigDecimal number = new BigDecimal(text.length() > MAX_NUMBER_LENGTH ? "" : text);
      // Beyond this exponent it is no 64-bit number, and writing it out would cost memory.
      if (number.precision() - (long) number.scale() > MAX_NUMBER_LENGTH) {
        throw invalid(field);
      }
      return number.toBigIntegerExact();
    } catch (ArithmeticException | NumberFormatException notWhole) {
      throw invalid(field);
    }
  }

  private MalformedException invalid(FieldDescriptor field) {
    return json.malformed("invalid value for the field " + field.getName());
  }
}
