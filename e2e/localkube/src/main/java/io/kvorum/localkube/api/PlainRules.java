package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.FieldError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// The kinds whose rules are a line or two.
final class PlainRules {

  private PlainRules() {}

  /// A namespace lives until its content is gone.
  static final class Namespaces implements KindRules {
    @Override
    public void prepareCreate(ObjectNode namespace) {
      Json.with(namespace, "spec").set("finalizers", Json.strings(List.of("kubernetes")));
      namespace.putObject("status").put("phase", "Active");
      label(namespace);
    }

    @Override
    public void prepareUpdate(ObjectNode namespace, ObjectNode before) {
      label(namespace);
    }

    private static void label(ObjectNode namespace) {
      Json.with(namespace, "metadata", "labels")
          .put("kubernetes.io/metadata.name", Json.text(namespace, "metadata", "name"));
    }
  }

  /// Secrets accept plain text and keep it encoded; secrets and maps can be frozen.
  static final class Data implements KindRules {
    @Override
    public void prepareCreate(ObjectNode object) {
      encode(object);
    }

    @Override
    public void prepareUpdate(ObjectNode object, ObjectNode before) {
      encode(object);
    }

    private static void encode(ObjectNode object) {
      if (!Json.text(object, "kind").equals("Secret")) {
        return;
      }
      JsonNode plain = object.remove("stringData");
      for (Map.Entry<String, JsonNode> each : Json.fields(plain)) {
        byte[] bytes = each.getValue().asText().getBytes(StandardCharsets.UTF_8);
        Json.with(object, "data").put(each.getKey(), Base64.getEncoder().encodeToString(bytes));
      }
    }

    @Override
    public List<FieldError> check(ObjectNode object) {
      var errors = new ArrayList<FieldError>();
      if (Json.text(object, "kind").equals("Secret")) {
        for (Map.Entry<String, JsonNode> each : Json.fields(object, "data")) {
          if (!decodes(each.getValue().asText())) {
            errors.add(
                FieldError.invalid(
                    "data[" + each.getKey() + "]", "<hidden>", "must be base64 encoded"));
          }
        }
      }
      return errors;
    }

    private static boolean decodes(String text) {
      try {
        Base64.getDecoder().decode(text);
        return true;
      } catch (IllegalArgumentException e) {
        return false;
      }
    }

    @Override
    public List<FieldError> checkUpdate(ObjectNode object, ObjectNode before) {
      boolean changed =
          !Json.same(object.get("data"), before.get("data"))
              || !Json.same(object.get("binaryData"), before.get("binaryData"));
      return Json.flag(before, "immutable") && changed
          ? List.of(FieldError.forbidden("data", "field is immutable when `immutable` is set"))
          : List.of();
    }
  }

  /// Bindings: groups of the API are implied, and a binding's role stays.
  static final class Bindings implements KindRules {
    private static final String GROUP = "rbac.authorization.k8s.io";

    @Override
    public void prepareCreate(ObjectNode binding) {
      prepare(binding);
    }

    @Override
    public void prepareUpdate(ObjectNode binding, ObjectNode before) {
      prepare(binding);
    }

    private static void prepare(ObjectNode binding) {
      if (Json.text(binding, "roleRef", "apiGroup").isEmpty()) {
        Json.with(binding, "roleRef").put("apiGroup", GROUP);
      }
      for (JsonNode subject : Json.items(binding, "subjects")) {
        if (subject instanceof ObjectNode known
            && !known.has("apiGroup")
            && !Json.text(known, "kind").equals("ServiceAccount")) {
          known.put("apiGroup", GROUP);
        }
      }
    }

    @Override
    public List<FieldError> checkUpdate(ObjectNode binding, ObjectNode before) {
      JsonNode role = binding.path("roleRef");
      return Json.same(role, before.path("roleRef"))
          ? List.of()
          : List.of(FieldError.invalid("roleRef", role, "cannot change roleRef"));
    }
  }

  /// An event lives in the namespace of what it is about.
  static final class Events implements KindRules {
    @Override
    public List<FieldError> check(ObjectNode event) {
      String about = Json.text(event, "involvedObject", "namespace");
      String here = Json.text(event, "metadata", "namespace");
      boolean fits = about.isEmpty() ? here.equals("default") : about.equals(here);
      return fits
          ? List.of()
          : List.of(
              FieldError.invalid(
                  "involvedObject.namespace",
                  new TextNode(about),
                  "does not match event.namespace"));
    }
  }
}
