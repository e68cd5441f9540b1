package io.kvorum.localkube.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.Schema.JsonType;
import io.kvorum.localkube.schema.Schema.Limits;
import io.kvorum.localkube.schema.Schema.Merge;
import io.kvorum.localkube.schema.Schema.Trait;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The schemas of Kubernetes' own types, read from `builtin.types` (fields and types) and
/// `builtin.rules` (keys, defaults, required fields).
public final class BuiltinTypes {

  private static final BuiltinTypes INSTANCE = new BuiltinTypes();

  private final SortedMap<String, List<String[]>> fields = new TreeMap<>();
  private final Map<String, List<String>> rules = new LinkedHashMap<>();
  private final SortedMap<String, Schema> definitions = new TreeMap<>();

  private BuiltinTypes() {
    List<String[]> open = new ArrayList<>();
    for (String line : lines("builtin.types")) {
      if (line.startsWith("  ")) {
        open.add(line.strip().split(" ", 2));
      } else {
        open = new ArrayList<>();
        fields.put(line.strip(), open);
      }
    }
    for (String line : lines("builtin.rules")) {
      String[] words = line.split(" ");
      rules.put(words[0], List.of(words).subList(1, words.length));
    }
    fields.keySet().forEach(this::define);
  }

  /// The type of this name, such as `core.v1.Pod`.
  public static Schema type(String name) {
    Schema found = INSTANCE.definitions.get(name);
    if (found == null) {
      throw new IllegalArgumentException("no built-in type " + name);
    }
    return found;
  }

  /// A plain string.
  public static Schema text() {
    return scalar(JsonType.STRING, "");
  }

  /// All named types, in the order of their names.
  public static SortedMap<String, Schema> all() {
    return INSTANCE.definitions;
  }

  static List<String> lines(String resource) {
    try (InputStream in = BuiltinTypes.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("resource " + resource + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read resource " + resource, e);
    }
  }

  private Schema define(String name) {
    Schema known = definitions.get(name);
    if (known != null) {
      return known;
    }
    var properties = new LinkedHashMap<String, Schema>();
    var required = new ArrayList<String>();
    for (String[] field : fields.getOrDefault(name, List.of())) {
      List<String> words = rules.getOrDefault(name + "." + field[0], List.of());
      properties.put(field[0], ruled(parse(field[1]), words));
      if (words.contains("required")) {
        required.add(field[0]);
      }
    }
    Schema made =
        ruled(
            new Schema(
                name,
                JsonType.OBJECT,
                "",
                properties,
                null,
                null,
                Merge.NONE,
                Limits.NONE.withRequired(List.copyOf(required)),
                Set.of(),
                List.of(),
                null,
                null),
            rules.getOrDefault(name, List.of()));
    definitions.put(name, made);
    return made;
  }

  private Schema parse(String type) {
    return switch (type) {
      case "string" -> scalar(JsonType.STRING, "");
      case "time" -> scalar(JsonType.STRING, "date-time");
      case "micro-time" -> scalar(JsonType.STRING, "date-time");
      case "quantity" -> scalar(JsonType.STRING, "quantity");
      case "integer" -> scalar(JsonType.INTEGER, "int32");
      case "long" -> scalar(JsonType.INTEGER, "int64");
      case "number" -> scalar(JsonType.NUMBER, "double");
      case "boolean" -> scalar(JsonType.BOOLEAN, "");
      case "int-or-string" -> scalar(JsonType.ANY, "int-or-string");
      case "any" -> Schema.ANYTHING;
      default -> {
        if (type.startsWith("[")) {
          yield container(JsonType.ARRAY, parse(type.substring(1, type.length() - 1)), null);
        }
        yield type.startsWith("{")
            ? container(JsonType.OBJECT, null, parse(type.substring(1, type.length() - 1)))
            : define(type);
      }
    };
  }

  /// A quantity may be written as a number, too: its type stays open.
  private static Schema scalar(JsonType type, String format) {
    boolean open = format.equals("quantity") || format.equals("int-or-string");
    return new Schema(
        "",
        open ? JsonType.ANY : type,
        format,
        Map.of(),
        null,
        null,
        Merge.NONE,
        Limits.NONE,
        open ? Set.of(Trait.INT_OR_STRING) : Set.of(),
        List.of(),
        null,
        null);
  }

  private static Schema container(JsonType type, @Nullable Schema items, @Nullable Schema values) {
    return new Schema(
        "",
        type,
        "",
        Map.of(),
        items,
        values,
        Merge.NONE,
        Limits.NONE,
        Set.of(),
        List.of(),
        null,
        null);
  }

  private static Schema ruled(Schema schema, List<String> words) {
    Schema ruled = schema;
    boolean atomic = words.contains("atomic");
    boolean retain = words.contains("retain");
    String keys = value(words, "key=");
    String patch = value(words, "patch=");
    if (atomic || retain || words.contains("set") || !keys.isEmpty() || !patch.isEmpty()) {
      List<String> all = keys.isEmpty() ? List.of() : List.of(keys.split(","));
      String patchKey = patch.isEmpty() && !all.isEmpty() ? all.getFirst() : patch;
      ruled = ruled.as(new Merge(atomic, words.contains("set"), all, patchKey, retain));
    }
    String preset = value(words, "default=");
    if (!preset.isEmpty()) {
      ruled = ruled.withDefault(Json.parse(preset));
    }
    String allowed = value(words, "enum=");
    if (!allowed.isEmpty()) {
      List<JsonNode> values =
          List.of(allowed.split("\\|")).stream().<JsonNode>map(TextNode::new).toList();
      ruled = ruled.limited(ruled.limits().withValues(values));
    }
    return ruled;
  }

  private static String value(List<String> words, String prefix) {
    return words.stream()
        .filter(word -> word.startsWith(prefix))
        .map(word -> word.substring(prefix.length()))
        .findFirst()
        .orElse("");
  }
}
