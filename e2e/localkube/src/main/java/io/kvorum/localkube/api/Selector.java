package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.kvorum.localkube.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which objects a request is about: requirements on labels and on fields, all of which must hold.
public final class Selector {

  /// Selects everything.
  public static final Selector ALL = new Selector(List.of(), List.of());

  private static final Pattern SET_BASED =
      Pattern.compile("([^\\s!=]+)\\s+(in|notin)\\s*\\(([^)]*)\\)");
  private static final Pattern EQUALITY = Pattern.compile("([^\\s!=]+)\\s*(==|=|!=)\\s*([^\\s]*)");
  private static final Pattern PRESENCE = Pattern.compile("(!?)\\s*([^\\s!=()]+)");

  /// One requirement: `in` means one of the values, `exists` and its negation have none.
  private record Requirement(String key, boolean negated, boolean exists, List<String> values) {
    boolean holds(boolean present, String value) {
      return negated != (exists ? present : present && values.contains(value));
    }
  }

  private final List<Requirement> labels;
  private final List<Requirement> fields;

  private Selector(List<Requirement> labels, List<Requirement> fields) {
    this.labels = labels;
    this.fields = fields;
  }

  /// Parses `labelSelector` and `fieldSelector` of a request.
  public static Selector parse(String labels, String fields, ResourceType type) {
    var fieldRequirements = new ArrayList<Requirement>();
    for (String part : split(fields)) {
      Requirement requirement = requirement(part);
      if (requirement.exists() || !selectable(type, requirement.key())) {
        throw ApiException.badRequest("field label not supported: " + requirement.key());
      }
      fieldRequirements.add(requirement);
    }
    return new Selector(
        split(labels).stream().map(Selector::requirement).toList(), fieldRequirements);
  }

  /// The selector of a LabelSelector object; one that is absent selects nothing.
  public static Selector ofObject(JsonNode labelSelector) {
    var labels = new ArrayList<Requirement>();
    for (Map.Entry<String, JsonNode> each : Json.fields(labelSelector, "matchLabels")) {
      labels.add(new Requirement(each.getKey(), false, false, List.of(each.getValue().asText())));
    }
    for (JsonNode each : Json.items(labelSelector, "matchExpressions")) {
      String operator = Json.text(each, "operator");
      labels.add(
          new Requirement(
              Json.text(each, "key"),
              operator.equals("NotIn") || operator.equals("DoesNotExist"),
              operator.equals("Exists") || operator.equals("DoesNotExist"),
              Json.texts(each, "values")));
    }
    return new Selector(labels, List.of());
  }

  /// The selector of a map of labels.
  public static Selector ofLabels(JsonNode labels) {
    var requirements = new ArrayList<Requirement>();
    for (Map.Entry<String, JsonNode> each : Json.fields(labels)) {
      requirements.add(
          new Requirement(each.getKey(), false, false, List.of(each.getValue().asText())));
    }
    return new Selector(requirements, List.of());
  }

  public boolean selects(JsonNode object) {
    for (Requirement each : labels) {
      JsonNode value = Json.at(object, "metadata", "labels", each.key());
      if (!each.holds(value != null, value == null ? "" : value.asText())) {
        return false;
      }
    }
    for (Requirement each : fields) {
      if (!each.holds(true, Json.text(object, each.key().split("\\.")))) {
        return false;
      }
    }
    return true;
  }

  private static boolean selectable(ResourceType type, String field) {
    return field.equals("metadata.name")
        || (field.equals("metadata.namespace") && type.namespaced())
        || type.selectable().contains(field);
  }

  /// Splits at commas outside of parentheses.
  private static List<String> split(String text) {
    var parts = new ArrayList<String>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i == text.length() ? ',' : text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ',' && (depth == 0 || i == text.length())) {
        String part = text.substring(start, i).strip();
        if (!part.isEmpty()) {
          parts.add(part);
        }
        start = i + 1;
      }
    }
    return parts;
  }

  private static Requirement requirement(String text) {
    Matcher set = SET_BASED.matcher(text);
    if (set.matches()) {
      List<String> values = List.of(set.group(3).strip().split("\\s*,\\s*"));
      return new Requirement(set.group(1), set.group(2).equals("notin"), false, values);
    }
    Matcher equality = EQUALITY.matcher(text);
    if (equality.matches()) {
      return new Requirement(
          equality.group(1), equality.group(2).equals("!="), false, List.of(equality.group(3)));
    }
    Matcher presence = PRESENCE.matcher(text);
    if (presence.matches()) {
      return new Requirement(presence.group(2), !presence.group(1).isEmpty(), true, List.of());
    }
    throw ApiException.badRequest("unable to parse requirement: " + text);
  }
}
