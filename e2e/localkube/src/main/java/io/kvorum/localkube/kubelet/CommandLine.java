package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a container's process is started with, from the Pod's spec: arguments and environment with
/// variables expanded, and with what exists only inside a container replaced by what stands for it
/// on this machine. A mount path becomes its folder, `0.0.0.0` the Pod's own address.
record CommandLine(List<String> arguments, Map<String, String> environment) {

  private static final Pattern VARIABLE = Pattern.compile("\\$(\\$?)\\(([A-Za-z_][\\w.-]*)\\)");
  private static final Pattern ANY_ADDRESS = Pattern.compile("(?<![\\w.])0\\.0\\.0\\.0(?![\\w.])");

  /// A value that is needed and missing, in the words of a container's waiting state.
  static final class Missing extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Missing(String what) {
      super(what);
    }
  }

  /// What is known about a Pod when its containers start.
  ///
  /// @param mounts mount path to folder, of the container
  record Place(ObjectNode pod, String address, Map<String, Path> mounts, Cluster cluster) {}

  static CommandLine of(JsonNode container, ImageCatalogue.Image image, Place place) {
    Map<String, String> environment = environment(container, place);
    List<String> command = expanded(container, "command", environment, place);
    List<String> arguments = new ArrayList<>(command.isEmpty() ? image.entrypoint() : command);
    arguments.addAll(expanded(container, "args", environment, place));
    environment.replaceAll((_, value) -> localised(value, place));
    return new CommandLine(List.copyOf(arguments), environment);
  }

  private static List<String> expanded(
      JsonNode container, String field, Map<String, String> environment, Place place) {
    return Json.texts(container, field).stream()
        .map(text -> localised(expand(text, environment), place))
        .toList();
  }

  private static Map<String, String> environment(JsonNode container, Place place) {
    var environment = new LinkedHashMap<String, String>();
    for (JsonNode source : Json.items(container, "envFrom")) {
      fromAll(source, place, environment);
    }
    for (JsonNode variable : Json.items(container, "env")) {
      String name = Json.text(variable, "name");
      if (Json.has(variable, "valueFrom")) {
        String value = from(Json.at(variable, "valueFrom"), place);
        if (value != null) {
          environment.put(name, value);
        }
      } else {
        environment.put(name, expand(Json.text(variable, "value"), environment));
      }
    }
    return environment;
  }

  private static void fromAll(JsonNode source, Place place, Map<String, String> environment) {
    String prefix = Json.text(source, "prefix");
    for (String kind : List.of("configMap", "secret")) {
      if (Json.has(source, kind + "Ref")) {
        String name = Json.text(source, kind + "Ref", "name");
        boolean optional = Json.flag(source, kind + "Ref", "optional");
        Keyed.all(place, kind + "s", name, optional)
            .forEach((key, value) -> environment.put(prefix + key, Keyed.text(value)));
      }
    }
  }

  private static @Nullable String from(@Nullable JsonNode source, Place place) {
    if (Json.has(source, "fieldRef")) {
      return field(Json.text(source, "fieldRef", "fieldPath"), place);
    }
    for (String kind : List.of("configMap", "secret")) {
      JsonNode reference = Json.at(source, kind + "KeyRef");
      if (reference != null) {
        boolean optional = Json.flag(reference, "optional");
        String key = Json.text(reference, "key");
        byte[] value =
            Keyed.all(place, kind + "s", Json.text(reference, "name"), optional).get(key);
        if (value == null && !optional) {
          throw new Missing(
              "no key %s in %s %s".formatted(key, kind, Json.text(reference, "name")));
        }
        return value == null ? null : Keyed.text(value);
      }
    }
    throw new Missing("environment from " + source + " is not supported here");
  }

  private static String field(String path, Place place) {
    ObjectNode pod = place.pod();
    Matcher keyed = Pattern.compile("metadata\\.(labels|annotations)\\['(.*)'\\]").matcher(path);
    if (keyed.matches()) {
      return Json.text(pod, "metadata", keyed.group(1), keyed.group(2));
    }
    return switch (path) {
      case "metadata.name", "metadata.namespace", "metadata.uid" ->
          Json.text(pod, "metadata", path.substring("metadata.".length()));
      case "spec.nodeName", "spec.serviceAccountName" ->
          Json.text(pod, "spec", path.substring("spec.".length()));
      case "status.podIP", "status.podIPs" -> place.address();
      case "status.hostIP" -> "127.0.0.1";
      default -> throw new Missing("field path " + path + " is not supported here");
    };
  }

  /// Kubernetes' `$(NAME)`: replaced when the variable is known, `$$(NAME)` is the text itself.
  static String expand(String text, Map<String, String> environment) {
    return VARIABLE
        .matcher(text)
        .replaceAll(found -> {
          String name = found.group(2);
          if (!found.group(1).isEmpty()) {
            return Matcher.quoteReplacement("$(" + name + ")");
          }
          String value = environment.get(name);
          return Matcher.quoteReplacement(value == null ? found.group() : value);
        });
  }

  private static String localised(String text, Place place) {
    String result = ANY_ADDRESS.matcher(text).replaceAll(place.address());
    return place.mounts().isEmpty() ? result : mounted(result, place.mounts());
  }

  /// All mounts in one pass, the longest path first: the folder a mount stands for may itself begin
  /// with the path of another, as one below `/tmp` does.
  private static String mounted(String text, Map<String, Path> mounts) {
    String anyMount =
        mounts.keySet().stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .map(Pattern::quote)
            .collect(Collectors.joining("|"));
    return Pattern.compile("(?<![\\w./-])(" + anyMount + ")(?=$|[/:,;\\s\"'])")
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(String.valueOf(mounts.get(found.group(1)))));
  }
}
