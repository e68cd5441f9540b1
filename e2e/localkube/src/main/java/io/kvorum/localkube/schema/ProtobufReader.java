package io.kvorum.localkube.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.Schema.JsonType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/// Reads objects in Kubernetes' protobuf form, in which kubectl sends what its `create` and `auth`
/// commands make. Only the types in `builtin.wire` are known; anything else is refused by name.
public final class ProtobufReader {

  /// What every such body begins with.
  private static final byte[] MAGIC = {'k', '8', 's', 0};

  private static final Map<String, Map<Integer, String>> NUMBERS = numbers();

  private ProtobufReader() {}

  private static Map<String, Map<Integer, String>> numbers() {
    Map<String, Map<Integer, String>> all = new HashMap<>();
    for (String line : BuiltinTypes.lines("builtin.wire")) {
      String[] words = line.split(" ", -1);
      Map<Integer, String> fields = new HashMap<>();
      for (int i = 1; i < words.length; i++) {
        int equals = words[i].indexOf('=');
        fields.put(Integer.valueOf(words[i].substring(equals + 1)), words[i].substring(0, equals));
      }
      all.put(words[0], fields);
    }
    return all;
  }

  /// The object in a body, which must be of the given type.
  public static ObjectNode read(byte[] body, Schema schema) throws IOException {
    for (int i = 0; i < MAGIC.length; i++) {
      if (body.length <= i || body[i] != MAGIC[i]) {
        throw new IOException("the body is no Kubernetes protobuf");
      }
    }
    CodedInputStream in =
        CodedInputStream.newInstance(body, MAGIC.length, body.length - MAGIC.length);
    ObjectNode identity = Json.object();
    ByteString raw = ByteString.EMPTY;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> identity = identity(in.readBytes().newCodedInput());
        case 2 -> raw = in.readBytes();
        default -> in.skipField(tag);
      }
    }
    ObjectNode object = message(raw.newCodedInput(), schema);
    object.setAll(identity);
    return object;
  }

  private static ObjectNode identity(CodedInputStream in) throws IOException {
    ObjectNode identity = Json.object();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      String name = WireFormat.getTagFieldNumber(tag) == 1 ? "apiVersion" : "kind";
      identity.put(name, in.readString());
    }
    return identity;
  }

  private static ObjectNode message(CodedInputStream in, Schema schema) throws IOException {
    Map<Integer, String> numbers = NUMBERS.get(schema.definition());
    if (numbers == null) {
      throw new IOException("protobuf of " + schema.definition() + " is not read here; send JSON");
    }
    ObjectNode object = Json.object();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      int number = WireFormat.getTagFieldNumber(tag);
      String name = numbers.get(number);
      Schema type = name == null ? null : schema.properties().get(name);
      if (name == null || type == null) {
        throw new IOException(
            "protobuf field "
                + number
                + " of "
                + schema.definition()
                + " is not read here; send JSON");
      }
      field(in, object, name, type, schema.definition());
    }
    return object;
  }

  private static void field(
      CodedInputStream in, ObjectNode object, String name, Schema type, String owner)
      throws IOException {
    if (type.type() == JsonType.ARRAY && type.items() != null) {
      Json.withArray(object, name).add(value(in, type.items()));
    } else if (type.type() == JsonType.OBJECT && type.values() != null) {
      boolean bytes = owner.equals("core.v1.Secret") && name.equals("data");
      entry(in.readBytes().newCodedInput(), Json.with(object, name), type.values(), bytes);
    } else {
      JsonNode value = value(in, type);
      if (!(value.isTextual() && value.asText().isEmpty())) {
        object.set(name, value);
      }
    }
  }

  private static void entry(CodedInputStream in, ObjectNode map, Schema values, boolean bytes)
      throws IOException {
    String key = "";
    JsonNode value = Json.object().textNode("");
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == 1) {
        key = in.readString();
      } else if (bytes) {
        value = map.textNode(Base64.getEncoder().encodeToString(in.readByteArray()));
      } else {
        value = value(in, values);
      }
    }
    map.set(key, value);
  }

  private static JsonNode value(CodedInputStream in, Schema type) throws IOException {
    ObjectNode factory = Json.object();
    return switch (type.format()) {
      case "date-time" -> factory.textNode(time(in.readBytes().newCodedInput()));
      case "int-or-string" -> intOrString(in.readBytes().newCodedInput());
      case "quantity" -> factory.textNode(quantity(in.readBytes().newCodedInput()));
      default ->
          switch (type.type()) {
            case STRING -> factory.textNode(in.readString());
            case INTEGER -> factory.numberNode(in.readInt64());
            case BOOLEAN -> factory.booleanNode(in.readBool());
            case OBJECT -> message(in.readBytes().newCodedInput(), type);
            case ARRAY, NUMBER, ANY ->
                throw new IOException("a protobuf value of this type is not read here; send JSON");
          };
    };
  }

  private static String time(CodedInputStream in) throws IOException {
    long seconds = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == 1) {
        seconds = in.readInt64();
      } else {
        in.skipField(tag);
      }
    }
    return seconds == 0 ? "" : Instant.ofEpochSecond(seconds).toString();
  }

  private static JsonNode intOrString(CodedInputStream in) throws IOException {
    long kind = 0;
    long number = 0;
    String text = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> kind = in.readInt64();
        case 2 -> number = in.readInt64();
        default -> text = in.readString();
      }
    }
    ObjectNode factory = Json.object();
    return kind == 0 ? factory.numberNode(number) : factory.textNode(text);
  }

  private static String quantity(CodedInputStream in) throws IOException {
    String text = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      text = new String(in.readByteArray(), StandardCharsets.UTF_8);
    }
    return text;
  }
}
