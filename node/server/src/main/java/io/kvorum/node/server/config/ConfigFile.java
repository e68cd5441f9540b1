package io.kvorum.node.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/// A configuration file in etcd's YAML: the keys are the names of the flags, TLS, discovery and
/// socket options stand in objects of their own, durations may be whole nanoseconds.
final class ConfigFile {

  private static final int MAX_BYTES = 1 << 20;

  private static final List<String> CLIENT =
      List.of(
          "endpoints", "dial-timeout", "request-timeout", "keepalive-time", "keepalive-timeout");

  private static final List<String> SECURE =
      List.of("cert", "key", "cacert", "insecure-transport", "insecure-skip-tls-verify");

  /// Keys of nested objects, by the flag they set; those of deeper objects are joined by dots.
  private static final Map<String, Map<String, String>> NESTED =
      Map.of(
          "client-transport-security",
          Map.of(
              "cert-file", "cert-file",
              "key-file", "key-file",
              "client-cert-file", "client-cert-file",
              "client-key-file", "client-key-file",
              "client-cert-auth", "client-cert-auth",
              "trusted-ca-file", "trusted-ca-file",
              "auto-tls", "auto-tls",
              "allowed-hostname", "client-cert-allowed-hostname"),
          "peer-transport-security",
          Map.of(
              "cert-file", "peer-cert-file",
              "key-file", "peer-key-file",
              "client-cert-file", "peer-client-cert-file",
              "client-key-file", "peer-client-key-file",
              "client-cert-auth", "peer-client-cert-auth",
              "trusted-ca-file", "peer-trusted-ca-file",
              "auto-tls", "peer-auto-tls",
              "allowed-cn", "peer-cert-allowed-cn",
              "allowed-hostname", "peer-cert-allowed-hostname",
              "skip-client-san-verification", "peer-skip-client-san-verification"),
          "discovery-config",
          discoveryKeys(),
          "socket-options",
          Map.of("reuse-port", "socket-reuse-port", "reuse-address", "socket-reuse-address"));

  /// Those of discovery by API v3: flat by the names of their flags, or as etcd nests them.
  private static Map<String, String> discoveryKeys() {
    var keys = new TreeMap<String, String>();
    keys.put("token", "discovery-token");
    for (String name : CLIENT) {
      keys.put("client." + name, "discovery-" + name);
    }
    for (String name : SECURE) {
      keys.put("client.secure." + name, "discovery-" + name);
    }
    keys.put("client.auth.username", "discovery-user");
    keys.put("client.auth.password", "discovery-password");
    List.copyOf(keys.values()).forEach(flag -> keys.put(flag, flag));
    return keys;
  }

  private final String path;
  private final Map<String, Given> given = new LinkedHashMap<>();

  private ConfigFile(String path) {
    this.path = path;
  }

  /// What the file gives, by flag.
  static Map<String, Given> read(String path) {
    var file = new ConfigFile(path);
    Object root = file.parse(file.text());
    if (root instanceof Map<?, ?> keys) {
      keys.forEach((key, value) -> file.take(String.valueOf(key), value));
    } else if (root != null && !isUnset(root)) {
      throw file.failure("expected keys and values");
    }
    return file.given;
  }

  private String text() {
    try {
      Path file = Path.of(path);
      if (Files.isRegularFile(file) && Files.size(file) > MAX_BYTES) {
        throw failure("it is larger than " + MAX_BYTES + " bytes");
      }
      return Files.readString(file);
    } catch (NoSuchFileException _) {
      throw StartFailure.configuration("no configuration file " + path);
    } catch (IOException e) {
      throw StartFailure.configuration("cannot read the configuration file " + path + ": " + e);
    }
  }

  private @Nullable Object parse(String text) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    // Every scalar stays the text it is: a name of 0123 is no octal number, a token of "no" no
    // false.
    var texts =
        new Resolver() {
          @Override
          protected void addImplicitResolvers() {}
        };
    var yaml =
        new Yaml(
            new SafeConstructor(options),
            new Representer(new DumperOptions()),
            new DumperOptions(),
            options,
            texts);
    try {
      return yaml.load(text);
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      throw failure("line " + line + ": " + e.getProblem());
    } catch (YAMLException e) {
      throw failure(String.valueOf(e.getMessage()).replace('\n', ' '));
    }
  }

  private void take(String key, @Nullable Object value) {
    Map<String, String> inner = NESTED.get(key);
    if (inner == null) {
      if (value instanceof Map) {
        throw unknownOrWrong(key, "expected a value, not keys below it");
      }
      set(key, key, value);
    } else if (value instanceof Map<?, ?> object) {
      object.forEach((name, part) -> takeNested(key, inner, String.valueOf(name), part));
    } else if (!isUnset(value)) {
      throw failure(key + " must hold keys of its own: " + String.join(", ", sorted(inner)));
    }
  }

  private void takeNested(
      String object, Map<String, String> inner, String name, @Nullable Object value) {
    if (value instanceof Map<?, ?> deeper) {
      deeper.forEach((key, part) -> takeNested(object, inner, name + "." + key, part));
      return;
    }
    String flag = inner.get(name);
    if (flag == null) {
      throw failure(
          "unknown key \""
              + name
              + "\" in "
              + object
              + "; known: "
              + String.join(", ", sorted(inner)));
    }
    set(object + "." + name, flag, value);
  }

  private void set(String key, String flagName, @Nullable Object value) {
    Flag<?> flag = FlagTable.find(flagName);
    if (flag == null || flagName.equals("config-file") || flagName.equals("version")) {
      throw failure("unknown key \"" + key + "\"");
    }
    if (isUnset(value)) {
      return;
    }
    String text =
        value instanceof List<?> list
            ? String.join(",", list.stream().map(String::valueOf).toList())
            : String.valueOf(value);
    if (flag.defaultValue() instanceof java.time.Duration && text.matches("-?\\d+")) {
      text += "ns";
    }
    given.put(flagName, new Given(text, new Given.Source.File(path)));
  }

  private StartFailure unknownOrWrong(String key, String wrong) {
    return failure(
        FlagTable.find(key) == null ? "unknown key \"" + key + "\"" : key + ": " + wrong);
  }

  private StartFailure failure(String what) {
    return StartFailure.configuration("configuration file " + path + ": " + what);
  }

  private static boolean isUnset(@Nullable Object value) {
    return value == null || value.equals("") || value.equals("~") || value.equals("null");
  }

  private static List<String> sorted(Map<String, String> keys) {
    return keys.keySet().stream().sorted().toList();
  }
}
