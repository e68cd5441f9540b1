package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.FieldError;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/// The rules of `metadata`, which are the same for all kinds.
final class Metadata {

  private static final String LABEL_CHARACTERS = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
  private static final Pattern SUBDOMAIN =
      Pattern.compile(LABEL_CHARACTERS + "(\\." + LABEL_CHARACTERS + ")*");
  private static final Pattern LABEL = Pattern.compile(LABEL_CHARACTERS);
  private static final Pattern QUALIFIED_NAME =
      Pattern.compile("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
  private static final Pattern PATH_SEGMENT = Pattern.compile("(?!\\.{1,2}$)[^/%]+");

  private static final String SUBDOMAIN_RULE =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
          + " '.', and must start and end with an alphanumeric character (e.g. 'example.com',"
          + " regex used for validation is"
          + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  private static final String LABEL_RULE =
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and"
          + " must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc',"
          + " regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

  private static final int MAX_SUBDOMAIN = 253;
  private static final int MAX_LABEL = 63;
  private static final String SUFFIX_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789";
  private static final int SUFFIX_LENGTH = 5;

  private Metadata() {}

  static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// Gives a new object its name, namespace and identity.
  static void prepareCreate(ObjectNode object, ResourceType type, String namespace) {
    ObjectNode metadata = Json.with(object, "metadata");
    if (Json.text(metadata, "name").isEmpty() && Json.has(metadata, "generateName")) {
      metadata.put("name", Json.text(metadata, "generateName") + suffix());
    }
    if (type.namespaced()) {
      metadata.put("namespace", namespace);
    } else {
      metadata.remove("namespace");
    }
    metadata.put("uid", UUID.randomUUID().toString());
    metadata.put("creationTimestamp", now());
    metadata.remove(
        List.of(
            "resourceVersion",
            "generation",
            "selfLink",
            "deletionTimestamp",
            "deletionGracePeriodSeconds"));
    if (type.counted()) {
      metadata.put("generation", 1);
    }
  }

  static String suffix() {
    var suffix = new StringBuilder();
    for (int i = 0; i < SUFFIX_LENGTH; i++) {
      int at = ThreadLocalRandom.current().nextInt(SUFFIX_CHARACTERS.length());
      suffix.append(SUFFIX_CHARACTERS.charAt(at));
    }
    return suffix.toString();
  }

  /// Restores what a client can't change.
  static void prepareUpdate(ObjectNode object, ObjectNode before) {
    ObjectNode metadata = Json.with(object, "metadata");
    JsonNode old = before.path("metadata");
    for (String field :
        List.of(
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "selfLink",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "generateName")) {
      JsonNode kept = old.get(field);
      if (kept == null) {
        metadata.remove(field);
      } else {
        metadata.set(field, kept);
      }
    }
  }

  static List<FieldError> check(ObjectNode object, ResourceType type) {
    var errors = new ArrayList<FieldError>();
    checkName(Json.text(object, "metadata", "name"), type, errors);
    JsonNode labels = object.path("metadata").path("labels");
    for (Map.Entry<String, JsonNode> label : Json.fields(labels)) {
      checkKey(label.getKey(), "metadata.labels", errors);
      checkValue(label.getValue().asText(), "metadata.labels", errors);
    }
    for (Map.Entry<String, JsonNode> each : Json.fields(object, "metadata", "annotations")) {
      checkKey(Json.lower(each.getKey()), "metadata.annotations", errors);
    }
    for (String finalizer : Json.texts(object, "metadata", "finalizers")) {
      checkKey(finalizer, "metadata.finalizers", errors);
    }
    return errors;
  }

  private static void checkName(String name, ResourceType type, List<FieldError> errors) {
    if (name.isEmpty()) {
      errors.add(FieldError.required("metadata.name", "name or generateName is required"));
      return;
    }
    boolean label = type.qualified().equals("services") || type.qualified().equals("namespaces");
    if (type.group().equals("rbac.authorization.k8s.io")) {
      if (!PATH_SEGMENT.matcher(name).matches()) {
        errors.add(FieldError.invalid("metadata.name", name, "may not contain '/' or '%'"));
      }
    } else if (label && (name.length() > MAX_LABEL || !LABEL.matcher(name).matches())) {
      errors.add(FieldError.invalid("metadata.name", name, LABEL_RULE));
    } else if (name.length() > MAX_SUBDOMAIN || !SUBDOMAIN.matcher(name).matches()) {
      errors.add(FieldError.invalid("metadata.name", name, SUBDOMAIN_RULE));
    }
  }

  private static void checkKey(String key, String path, List<FieldError> errors) {
    int slash = key.indexOf('/');
    String prefix = slash < 0 ? "a" : key.substring(0, slash);
    String name = key.substring(slash + 1);
    if (!SUBDOMAIN.matcher(prefix).matches()
        || prefix.length() > MAX_SUBDOMAIN
        || name.length() > MAX_LABEL
        || !QUALIFIED_NAME.matcher(name).matches()) {
      errors.add(
          FieldError.invalid(
              path,
              key,
              "name part must consist of alphanumeric characters, '-', '_' or '.', and must start"
                  + " and end with an alphanumeric character, at most 63 characters, with an"
                  + " optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"));
    }
  }

  private static void checkValue(String value, String path, List<FieldError> errors) {
    if (!value.isEmpty()
        && (value.length() > MAX_LABEL || !QUALIFIED_NAME.matcher(value).matches())) {
      errors.add(
          FieldError.invalid(
              path,
              value,
              "a valid label must be an empty string or consist of at most 63 alphanumeric"
                  + " characters, '-', '_' or '.', and must start and end with an alphanumeric"
                  + " character"));
    }
  }
}
