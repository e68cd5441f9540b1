package io.kvorum.node.server.config;

import io.kvorum.testkit.Golden;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Command lines, environments and files, and what becomes of them.
///
/// `flags <arguments>` reads the input as the environment; `file <arguments>` reads it as a YAML
/// file that `--config-file` names; `relay <arguments>` is the command line of a proxy or gateway.
/// The output is what differs from the configuration of an empty command line, or the error with
/// its exit code.
final class ConfigGoldenTest {

  private static final Path RESOURCES = Path.of("src/test/resources/golden");
  private static final NodeConfigReader.LocalHost LOCAL_HOST = () -> "10.1.2.3";

  @TempDir Path folder;

  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(RESOURCES.resolve("config"), () -> this::run);
  }

  @Test
  void help() {
    Golden.file(RESOURCES.resolve("help.txt"), HelpText.text());
  }

  @Test
  void flagsDocument() {
    Golden.file(
        Path.of(System.getProperty("kvorum.root", "../..")).resolve("docs/flags.md"),
        FlagsDocument.text());
  }

  @Test
  void proxyDocument() {
    Golden.file(
        Path.of(System.getProperty("kvorum.root", "../..")).resolve("docs/proxy.md"),
        ProxyDocument.text());
  }

  private static String readRelay(List<String> arguments) {
    try {
      return String.valueOf(RelayConfigReader.read(arguments));
    } catch (StartFailure e) {
      return "exit " + e.exitCode().code() + ": " + e.getMessage();
    }
  }

  private String run(Golden.Case command) throws IOException {
    return switch (command.name()) {
      case "flags" -> read(command.args(), environment(command.input()));
      case "relay" -> readRelay(command.args());
      case "file" -> {
        Path file = folder.resolve("node.yaml");
        Files.writeString(file, command.input());
        var arguments = new java.util.ArrayList<>(command.args());
        arguments.add("--config-file=" + file);
        yield read(arguments, Map.of()).replace(file.toString(), "node.yaml");
      }
      case String other -> throw new IllegalArgumentException(other);
    };
  }

  private static String read(List<String> arguments, Map<String, String> environment) {
    try {
      return switch (NodeConfigReader.read(arguments, environment, LOCAL_HOST)) {
        case NodeConfigReader.Request.Print(String text) ->
            "print " + text.lines().findFirst().orElse("");
        case NodeConfigReader.Request.Run(NodeConfig config, List<Notice> notices) ->
            describe(config, notices);
      };
    } catch (StartFailure e) {
      return "exit " + e.exitCode().code() + ": " + e.getMessage();
    }
  }

  private static String describe(NodeConfig config, List<Notice> notices) {
    var text = new StringBuilder();
    for (Notice notice : notices) {
      text.append(notice.warning() ? "warning: " : "info: ").append(notice.text()).append('\n');
    }
    Map<String, String> defaults = flatten(defaultConfig());
    flatten(config)
        .forEach((name, value) -> {
          if (!value.equals(defaults.get(name))) {
            text.append(name).append(": ").append(value).append('\n');
          }
        });
    return text.isEmpty() ? "defaults" : text.toString();
  }

  private static NodeConfig defaultConfig() {
    return ((NodeConfigReader.Request.Run) NodeConfigReader.read(List.of(), Map.of(), LOCAL_HOST))
        .config();
  }

  private static Map<String, String> flatten(NodeConfig config) {
    var values = new LinkedHashMap<String, String>();
    flatten("", config, values);
    return values;
  }

  private static void flatten(String prefix, Record record, Map<String, String> values) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value;
      try {
        value = component.getAccessor().invoke(record);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
      String name = prefix + component.getName();
      if (value instanceof Record inner) {
        flatten(name + ".", inner, values);
      } else {
        String here = Path.of("").toAbsolutePath().toString();
        values.put(name, String.valueOf(value).replace(here, "."));
      }
    }
  }

  private static Map<String, String> environment(String input) {
    var environment = new TreeMap<String, String>();
    Arrays.stream(input.split("\n", -1))
        .filter(line -> line.contains("="))
        .forEach(line ->
            environment.put(
                line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
    return environment;
  }
}
